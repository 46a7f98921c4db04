import Logging
import Membership
import MessageLog
import ServiceKit

/// Takes from what members that are gone wrote on `control` who it was that was forgotten.
actor ErasureHeir {
    private let log: any MessageLog
    private let control: ControlFollower
    private let logger: Logger
    /// What was done already, by member.
    private var done: [String: Set<String>] = [:]

    init(log: any MessageLog, control: ControlFollower, logger: Logger) {
        self.log = log
        self.control = control
        self.logger = logger
    }

    /// What members leave that resolve no longer: everything else is the group's.
    nonisolated var estate: Heir.Estate {
        var estate = Heir.Estate(hasLeft: { _ in false }, settle: { _, _ in })
        estate.isUntidy = { try await !self.ready(member: $0).isEmpty }
        estate.tidy = { try await self.strip($0, $1) }
        return estate
    }

    private func ready(member: String) async throws -> Set<String> {
        try await ErasureKeeper.ready(in: control.book, on: log, except: done[member] ?? [])
    }

    private func strip(_ member: String, _ log: any MessageLog) async throws {
        let ready = try await ready(member: member)
        try await ErasureKeeper.strip(ready, from: log, logger)
        done[member, default: []].formUnion(ready)
    }
}
