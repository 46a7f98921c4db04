import CNATS
import Synchronization

/// Interest in a subject, until it is let go of.
final class NATSSubscription: Sendable {
    private let address: UInt
    private let number: UInt
    private let ended: EndedSubscriptions

    init(address: UInt, number: UInt, ended: EndedSubscriptions) {
        self.address = address
        self.number = number
        self.ended = ended
    }

    deinit {
        NATSCallbacks.remove(number)
        natsSubscription_Unsubscribe(OpaquePointer(bitPattern: address))
        ended.keep(address)
    }
}

/// The subscriptions of a connection that nobody is interested in any more, for a while.
///
/// The thread on which libnats takes messages (of 3.4 at least) looks at the subscription of each without holding on to it: one
/// that is freed at that moment ends the process. So they stay until whatever had come for them is past, or the connection is closed.
final class EndedSubscriptions: Sendable {
    private struct Ended {
        var address: UInt
        var since = ContinuousClock.now
    }

    private static let patience = Duration.seconds(10)
    private let kept = Mutex<[Ended]>([])

    deinit {
        for one in kept.withLock({ $0 }) { natsSubscription_Destroy(OpaquePointer(bitPattern: one.address)) }
    }

    /// Keeps one, and frees those that have been kept for long.
    func keep(_ address: UInt) {
        let past = kept.withLock { kept in
            kept.append(Ended(address: address))
            let past = kept.prefix { $0.since.duration(to: .now) > Self.patience }
            kept.removeFirst(past.count)
            return past
        }
        for one in past { natsSubscription_Destroy(OpaquePointer(bitPattern: one.address)) }
    }
}
