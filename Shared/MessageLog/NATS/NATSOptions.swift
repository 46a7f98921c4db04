import CNATS
import Glibc

/// How connections are made.
enum NATSOptions {
    /// The connection; nil if none of the servers lets us in.
    static func connect(_ servers: [String], name: String, events: UInt) -> OpaquePointer? {
        var options: OpaquePointer?
        guard natsOptions_Create(&options) == NATS_OK else { return nil }
        defer { natsOptions_Destroy(options) }
        var connection: OpaquePointer?
        guard set(options, servers, name), listen(options, UnsafeMutableRawPointer(bitPattern: events)),
            natsConnection_Connect(&connection, options) == NATS_OK
        else { return nil }
        return connection
    }

    /// What libnats said last on this thread.
    static var lastError: String {
        var status = NATS_OK
        guard let text = nats_GetLastError(&status) else { return "unknown" }
        let detail = String(cString: text)
        return detail.isEmpty ? String(cString: natsStatus_GetText(status)) : detail
    }

    private static func set(_ options: OpaquePointer?, _ servers: [String], _ name: String) -> Bool {
        let texts = servers.map { strdup($0) }
        defer { for text in texts { free(text) } }
        var pointers = texts.map { UnsafePointer<CChar>($0) }
        let steps: [natsStatus] = [
            natsOptions_SetServers(options, &pointers, Int32(servers.count)),
            natsOptions_SetName(options, name),
            natsOptions_SetTimeout(options, 2000),
            // For ever: how long anybody waits is for the caller to say.
            natsOptions_SetMaxReconnect(options, -1),
            natsOptions_SetReconnectWait(options, 100),
            natsOptions_SetReconnectJitter(options, 50, 50),
            natsOptions_SetPingInterval(options, 2000),
            natsOptions_SetMaxPingsOut(options, 2),
            // Otherwise every message waits a millisecond for others.
            natsOptions_SetSendAsap(options, true),
            servers.contains { $0.hasPrefix("tls:") } ? natsOptions_SetSecure(options, true) : NATS_OK,
        ]
        return steps.allSatisfy { $0 == NATS_OK }
    }

    private static func listen(_ options: OpaquePointer?, _ context: UnsafeMutableRawPointer?) -> Bool {
        let steps: [natsStatus] = [
            natsOptions_SetDisconnectedCB(options, NATSCallbacks.disconnected, context),
            natsOptions_SetReconnectedCB(options, NATSCallbacks.reconnected, context),
            natsOptions_SetClosedCB(options, NATSCallbacks.closed, context),
            // Or libnats writes them to standard error.
            natsOptions_SetErrorHandler(options, { _, _, _, _ in }, nil),
        ]
        return steps.allSatisfy { $0 == NATS_OK }
    }
}
