public import ArgumentParser

/// An amount of storage as people write it: `500MB`, `10GB` or `64MiB`.
public struct ByteCount: Sendable, Equatable, CustomStringConvertible {
    private static let units: [(name: String, bytes: Int)] = [
        ("TiB", 1 << 40), ("TB", 1_000_000_000_000), ("GiB", 1 << 30), ("GB", 1_000_000_000), ("MiB", 1 << 20),
        ("MB", 1_000_000), ("KiB", 1 << 10), ("KB", 1000), ("B", 1),
    ]

    /// The number of bytes.
    public let bytes: Int

    /// An amount of so many bytes.
    public init(bytes: Int) {
        self.bytes = bytes
    }

    /// Reads what a person wrote, whatever the case of the letters; `nil` for anything else, and for none at all.
    public init?(_ text: String) {
        let number = text.prefix { $0.isASCII && $0.isNumber }
        let name = text.dropFirst(number.count).lowercased()
        guard let unit = Self.units.first(where: { $0.name.lowercased() == name }), let count = Int(number), count > 0
        else { return nil }
        let (bytes, isTooMuch) = count.multipliedReportingOverflow(by: unit.bytes)
        guard !isTooMuch else { return nil }
        self.bytes = bytes
    }

    /// A whole number of the greatest unit: `64MiB`.
    public var description: String {
        guard let unit = Self.units.first(where: { bytes >= $0.bytes && bytes.isMultiple(of: $0.bytes) }) else {
            return "\(bytes)B"
        }
        return "\(bytes / unit.bytes)\(unit.name)"
    }
}

extension ByteCount: ExpressibleByArgument {
    /// Reads an option of the command line.
    public init?(argument: String) {
        self.init(argument)
    }
}
