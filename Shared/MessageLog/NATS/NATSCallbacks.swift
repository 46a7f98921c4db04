import CNATS
import Synchronization

/// What libnats calls from its own threads, found by number.
///
/// C gets the number in the place of a pointer. So nothing has to outlive the last call, whenever that comes: a call for
/// which nobody is registered any more does nothing.
enum NATSCallbacks {
    private struct Table {
        var last: UInt = 0
        var messages: [UInt: @Sendable (NATSReply) -> Void] = [:]
        var events: [UInt: @Sendable (Event) -> Void] = [:]
    }

    /// What befalls a connection.
    enum Event: Sendable {
        case disconnected
        case reconnected
        case closed
    }

    private static let table = Mutex(Table())

    /// A number under which messages are handed on.
    static func register(messages handler: @escaping @Sendable (NATSReply) -> Void) -> UInt {
        table.withLock { table in
            table.last += 1
            table.messages[table.last] = handler
            return table.last
        }
    }

    /// A number under which a connection's events are handed on.
    static func register(events handler: @escaping @Sendable (Event) -> Void) -> UInt {
        table.withLock { table in
            table.last += 1
            table.events[table.last] = handler
            return table.last
        }
    }

    static func remove(_ number: UInt) {
        table.withLock { table in
            table.messages[number] = nil
            table.events[number] = nil
        }
    }

    /// Hands a message on.
    static let message: natsMsgHandler = { _, _, message, context in
        guard let message else { return }
        let number = UInt(bitPattern: context)
        let reply = NATSReply(message)
        table.withLock { $0.messages[number] }?(reply)
    }

    static let disconnected: natsConnectionHandler = { _, context in tell(.disconnected, context) }
    static let reconnected: natsConnectionHandler = { _, context in tell(.reconnected, context) }
    static let closed: natsConnectionHandler = { _, context in tell(.closed, context) }

    private static func tell(_ event: Event, _ context: UnsafeMutableRawPointer?) {
        let number = UInt(bitPattern: context)
        table.withLock { $0.events[number] }?(event)
    }
}
