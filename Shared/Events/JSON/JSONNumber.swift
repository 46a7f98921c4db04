/// A number with the text it was written with, so that `2.10` stays `2.10` and no integer is rounded.
///
/// Two numbers are equal when their texts are: `1` and `1.0` differ.
public struct JSONNumber: Hashable, Sendable, CustomStringConvertible {
    /// The number as JSON writes it.
    public let text: String

    /// An integer.
    public init(_ value: Int64) {
        text = String(value)
    }

    /// An integer.
    public init(_ value: Int) {
        text = String(value)
    }

    /// A floating-point number; `nil` for infinities and what is not a number, which JSON cannot write.
    public init?(_ value: Double) {
        guard value.isFinite else { return nil }
        text = value.description
    }

    /// A number in JSON's notation; `nil` for any other text.
    public init?(_ text: String) {
        guard let view = try? JSONDocument(Array(text.utf8)).root, view.kind == .number else { return nil }
        guard view.raw.count == text.utf8.count else { return nil }
        self.text = text
    }

    /// A text that a scan has found to be a number.
    init(checked text: String) {
        self.text = text
    }

    /// The exact integer, if the number has no fraction and no exponent and fits.
    public var int64: Int64? {
        var text = text
        return text.withUTF8 { Self.integer($0) }
    }

    /// The nearest floating-point number; infinite for one beyond them all.
    public var double: Double { Double(text) ?? .nan }

    /// The number as it was written.
    public var description: String { text }

    static func integer(_ digits: UnsafeBufferPointer<UInt8>) -> Int64? {
        let isNegative = digits.first == UInt8(ascii: "-")
        var total: Int64 = 0
        for byte in digits.dropFirst(isNegative ? 1 : 0) {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            let (scaled, overflow) = total.multipliedReportingOverflow(by: 10)
            let digit = Int64(byte - UInt8(ascii: "0"))
            let (sum, carry) = scaled.addingReportingOverflow(isNegative ? -digit : digit)
            if overflow || carry { return nil }
            total = sum
        }
        return total
    }
}
