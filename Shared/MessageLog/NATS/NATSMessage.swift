import CNATS

/// What is sent: a subject, headers and bytes.
struct NATSRequest: Sendable {
    var subject: String
    var headers: [(name: String, value: String)] = []
    var payload: [UInt8] = []
}

/// What came back.
struct NATSReply: Sendable {
    /// The bytes of the answer.
    var payload: [UInt8]
    /// The status of an answer without bytes, such as 404 for no such message and 503 for nobody there.
    var status: Int?
}

extension NATSReply {
    /// Copies what the C message holds.
    init(_ message: OpaquePointer) {
        let count = Int(natsMsg_GetDataLength(message))
        payload = Array(UnsafeRawBufferPointer(start: natsMsg_GetData(message), count: count))
        guard count == 0 else { return }
        var text: UnsafePointer<CChar>?
        guard natsMsgHeader_Get(message, "Status", &text) == NATS_OK, let text else { return }
        status = Int(String(cString: text))
    }
}

extension NATSRequest {
    /// Gives the request to the connection; false if it does not take it.
    func publish(on connection: OpaquePointer?, replyTo reply: String) -> Bool {
        payload.withUnsafeBytes { bytes in
            let data = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            if headers.isEmpty {
                return natsConnection_PublishRequest(connection, subject, reply, data, Int32(bytes.count)) == NATS_OK
            }
            var message: OpaquePointer?
            guard natsMsg_Create(&message, subject, reply, data, Int32(bytes.count)) == NATS_OK else { return false }
            defer { natsMsg_Destroy(message) }
            for header in headers {
                guard natsMsgHeader_Set(message, header.name, header.value) == NATS_OK else { return false }
            }
            return natsConnection_PublishMsg(connection, message) == NATS_OK
        }
    }
}
