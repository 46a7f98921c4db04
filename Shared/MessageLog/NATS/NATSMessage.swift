import CNATS

/// What is sent: a subject, headers and bytes.
struct NATSRequest: Sendable {
    var subject: String
    var headers: [(name: String, value: String)] = []
    var payload: [UInt8] = []
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
