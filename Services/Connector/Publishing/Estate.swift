import Membership
import MessageLog

extension ConnectorStore {
    /// How this connector takes over what one that is gone was about to put on the log.
    func estate(_ outbox: Outbox) -> Heir.Estate {
        Heir.Estate(
            hasLeft: { member in try await hasLeft(member) },
            settle: { member, log in
                try await recover(member) { topic in try await log.lastSequence(of: topic) }
                try await inheritOutbox(of: member)
                outbox.ring()
            }
        )
    }
}
