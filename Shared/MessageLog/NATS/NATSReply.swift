import CNATS

/// What came back, where libnats has put it.
final class NATSReply: Sendable {
    /// The pointer as a number, because a pointer cannot cross threads as a value.
    private let address: UInt
    /// The status of an answer without bytes, such as 404 for no such message and 503 for nobody there.
    let status: Int?

    /// Takes the message over, and frees it in the end.
    init(_ message: OpaquePointer) {
        address = UInt(bitPattern: message)
        var text: UnsafePointer<CChar>?
        let isStatus =
            natsMsg_GetDataLength(message) == 0 && natsMsgHeader_Get(message, "Status", &text) == NATS_OK
        status = if isStatus, let text { Int(String(cString: text)) } else { nil }
    }

    deinit { natsMsg_Destroy(message) }

    private var message: OpaquePointer? { OpaquePointer(bitPattern: address) }

    /// What the message was sent to; of one that a consumer delivers, what it was stored as.
    var subject: String { natsMsg_GetSubject(message).map { String(cString: $0) } ?? "" }

    /// Its place in the stream, if a consumer delivered it.
    var sequence: UInt64? {
        guard count > 0, let reply = natsMsg_GetReply(message) else { return nil }
        // `$JS.ACK`, stream, consumer, deliveries, sequence, consumer's sequence, time, pending; or the same behind a domain and
        // an account.
        let words = String(cString: reply).split(separator: ".")
        guard words.count >= 9 else { return nil }
        return UInt64(words[words.count == 9 ? 5 : 7])
    }

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
}
