import CNATS
import Glibc

/// What came back, where libnats has put it.
final class NATSReply: Sendable {
    /// The pointer as a number, because a pointer cannot cross threads as a value.
    private let address: UInt
    /// The status of an answer without bytes, such as 404 for no such message and 503 for nobody there.
    let status: Int?
    /// Its place in the stream, if a consumer delivered it.
    let sequence: UInt64?

    /// Takes the message over, and frees it in the end.
    init(_ message: OpaquePointer) {
        address = UInt(bitPattern: message)
        let isEmpty = natsMsg_GetDataLength(message) == 0
        status = isEmpty ? NATSReply.status(of: message) : nil
        sequence = isEmpty ? nil : NATSReply.sequence(of: message)
    }

    deinit { natsMsg_Destroy(message) }

    private var message: OpaquePointer? { OpaquePointer(bitPattern: address) }

    /// What the message was sent to; of one that a consumer delivers, what it was stored as.
    var subject: String { natsMsg_GetSubject(message).map { String(cString: $0) } ?? "" }

    /// How many bytes it has.
    var count: Int { Int(natsMsg_GetDataLength(message)) }

    /// Lends the bytes.
    func withUnsafeBytes<Value>(_ body: (UnsafeRawBufferPointer) throws -> Value) rethrows -> Value {
        try withExtendedLifetime(self) {
            try body(UnsafeRawBufferPointer(start: natsMsg_GetData(message), count: count))
        }
    }

    /// A copy of the bytes.
    var payload: [UInt8] { withUnsafeBytes { Array($0) } }

    private static func status(of message: OpaquePointer) -> Int? {
        var text: UnsafePointer<CChar>?
        guard natsMsgHeader_Get(message, "Status", &text) == NATS_OK, let text else { return nil }
        return Int(String(cString: text))
    }

    private static func sequence(of message: OpaquePointer) -> UInt64? {
        guard let reply = natsMsg_GetReply(message) else { return nil }
        // `$JS.ACK`, stream, consumer, deliveries, sequence, consumer's sequence, time, pending; or the same behind a domain and
        // an account.
        let bytes = UnsafeRawBufferPointer(start: reply, count: Int(strlen(reply)))
        let words = bytes.split(separator: UInt8(ascii: "."))
        guard words.count >= 9 else { return nil }
        return UInt64(String(decoding: words[words.count == 9 ? 5 : 7], as: UTF8.self))
    }
}
