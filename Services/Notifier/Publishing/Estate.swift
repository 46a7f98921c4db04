import Membership
import MessageLog

extension NotifierStore {
    /// How this notifier takes over the outbox of one that is gone.
    func estate(_ signal: OutboxSignal) -> Heir.Estate {
        Heir.Estate(
            hasLeft: { member in try await !topics(of: member).isEmpty },
            settle: { member, log in
                var published: [String: UInt64] = [:]
                for topic in try await topics(of: member) { published[topic] = try await log.lastSequence(of: topic) }
                try await inherit(from: member, published: published)
                signal.send()
            }
        )
    }
}
