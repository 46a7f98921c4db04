/// The fields of a message's header, as RFC 5322 has them.
public struct MailHeader: Sendable, Equatable {
    /// Names in lower case, values unfolded, in their order.
    private let fields: [(name: String, value: [UInt8])]

    /// Reads a header; lines that are no field are passed over.
    public init(_ bytes: [UInt8]) {
        var fields: [(name: String, value: [UInt8])] = []
        for line in bytes.split(separator: 10, omittingEmptySubsequences: false) {
            let line = line.last == 13 ? line.dropLast() : line
            guard let first = line.first else { continue }
            if first == 0x20 || first == 0x09 {
                if let last = fields.indices.last { fields[last].value += line }
            } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
                let name = String(decoding: line[..<colon], as: UTF8.self).withoutSpaceAround.lowercased()
                fields.append((name, Array(line[(colon + 1)...])))
            }
        }
        self.fields = fields
    }

    /// Whether both have the same fields.
    public static func == (left: MailHeader, right: MailHeader) -> Bool {
        left.fields.elementsEqual(right.fields) { $0.name == $1.name && $0.value == $1.value }
    }

    /// The field's value as it was sent, unfolded.
    public func raw(_ name: String) -> String? {
        fields.first { $0.name == name }.map { EncodedWord.plainText($0.value).withoutSpaceAround }
    }

    /// The field's value as a person reads it.
    public func text(_ name: String) -> String? {
        raw(name).map { EncodedWord.decode($0) }
    }

    /// The addresses in all fields of this name.
    public func addresses(_ name: String) -> [MailAddress] {
        fields.filter { $0.name == name }.flatMap { MailAddress.list(EncodedWord.plainText($0.value)) }
    }

    /// The message ids in the field, without their angle brackets.
    public func messageIDs(_ name: String) -> [String] {
        guard let value = raw(name) else { return [] }
        let ids = value.split(separator: "<").compactMap { part in
            part.firstIndex(of: ">").map { String(part[..<$0]).withoutSpaceAround }
        }
        return ids.isEmpty && !value.isEmpty ? [value] : ids.filter { !$0.isEmpty }
    }
}
