public import MessageLog

/// Which request something goes back to, as W3C Trace Context has it: `00-` trace id `-` span id `-` flags.
///
/// It is the header ``headerName`` of an event's record, of the records that tell what became of the event, and of what goes out
/// because of it; so one id leads through all services.
public struct TraceContext: Hashable, Sendable, CustomStringConvertible {
    /// What the header is called, in requests and in records.
    public static let headerName = "traceparent"

    /// The request that this task is about.
    @TaskLocal public static var current: TraceContext?

    /// The header's text: 55 characters.
    public let description: String

    private init(verified text: String) {
        description = text
    }

    /// Reads a header; `nil` if it is not one.
    ///
    /// What a later version says beyond what is known here is left out.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 55, bytes[2] == Self.dash, bytes[35] == Self.dash, bytes[52] == Self.dash else {
            return nil
        }
        let parts = [bytes[0..<2], bytes[3..<35], bytes[36..<52], bytes[53..<55]]
        guard parts.allSatisfy({ $0.allSatisfy(Self.isHex) }), parts[0] != [UInt8(ascii: "f"), UInt8(ascii: "f")] else {
            return nil
        }
        let zero = UInt8(ascii: "0")
        guard parts[1].contains(where: { $0 != zero }), parts[2].contains(where: { $0 != zero }) else { return nil }
        let isFirstVersion = parts[0].allSatisfy { $0 == zero }
        guard bytes.count == 55 || !isFirstVersion && bytes[55] == Self.dash else { return nil }
        description = "00" + String(decoding: bytes[2..<55], as: UTF8.self)
    }

    /// What a request that does not say begins.
    public static func random() -> TraceContext {
        var generator = SystemRandomNumberGenerator()
        return TraceContext(
            verified:
                "00-\(hex(generator.next()))\(hex(generator.next()))-\(hex(generator.next(in: 1...UInt64.max)))-01"
        )
    }

    /// A part of the same: the same trace id, a span of its own.
    public func child() -> TraceContext {
        let text = description
        var generator = SystemRandomNumberGenerator()
        return TraceContext(
            verified: "\(text.prefix(36))\(Self.hex(generator.next(in: 1...UInt64.max)))\(text.suffix(3))"
        )
    }

    /// What all that goes back to the same request has in common: 32 hexadecimal digits.
    public var traceID: String { String(description.dropFirst(3).prefix(32)) }

    /// The context in a record's header; `nil` if the header is another one, or says none.
    public init?(_ header: Header) {
        guard header.name == Self.headerName else { return nil }
        self.init(String(decoding: header.value, as: UTF8.self))
    }

    /// The header of a record.
    public var header: Header { Header(name: Self.headerName, value: Array(description.utf8)) }

    private static let dash = UInt8(ascii: "-")

    private static func isHex(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    private static func hex(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}

extension RandomNumberGenerator {
    fileprivate mutating func next(in range: ClosedRange<UInt64>) -> UInt64 {
        UInt64.random(in: range, using: &self)
    }
}

extension Record {
    /// The header that says which request the record goes back to, unread.
    public var traceHeader: Header? { headers.first { $0.name == TraceContext.headerName } }

    /// The request that the record goes back to.
    public var trace: TraceContext? { traceHeader.flatMap { TraceContext($0) } }
}
