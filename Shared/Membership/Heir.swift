import Logging
public import MessageLog
public import ServiceKit
public import ServiceLifecycle
import Topics

/// Looks after what members that are gone have left: it settles what they were about to put on the log, and takes persons who are
/// to be forgotten out of their partitions.
///
/// It does so as the gone member, whose partitions it opens for that long: from then on nothing more of that one is stored.
public struct Heir: Service {
    /// How one service's members are inherited from.
    public struct Estate: Sendable {
        /// Whether a member, which is gone, has left something that is to go to the log.
        public var hasLeft: @Sendable (_ member: String) async throws -> Bool
        /// Finds out what of it is on the log, and makes the rest this member's own.
        public var settle: @Sendable (_ member: String, _ log: any MessageLog) async throws -> Void

        /// Whether something is to be taken out of a gone member's partitions, besides what all services take out.
        public var isUntidy: @Sendable (_ member: String) async throws -> Bool = { _ in false }
        /// Takes it out.
        public var tidy: @Sendable (_ member: String, _ log: any MessageLog) async throws -> Void = { _, _ in }

        /// How it is done.
        public init(
            hasLeft: @escaping @Sendable (_ member: String) async throws -> Bool,
            settle: @escaping @Sendable (_ member: String, _ log: any MessageLog) async throws -> Void
        ) {
            self.hasLeft = hasLeft
            self.settle = settle
        }
    }

    private static let pause = Duration.seconds(1)

    private let membership: Membership
    private let log: any MessageLog
    private let process: ServiceProcess
    private let forgetting: Forgetting
    private let estate: Estate

    /// An heir in a group.
    public init(
        _ process: ServiceProcess,
        membership: Membership,
        log: any MessageLog,
        forgetting: Forgetting,
        estate: Estate
    ) {
        self.process = process
        self.membership = membership
        self.log = log
        self.forgetting = forgetting
        self.estate = estate
    }

    /// Inherits until the process is to stop.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                var known: Set<String> = []
                while !Task.isCancelled {
                    for member in membership.absent where known.insert(member).inserted {
                        group.addTask { await look(after: member) }
                    }
                    try? await Task.sleep(for: Self.pause)
                }
                group.cancelAll()
            }
        }
    }

    /// One of the group does it for each member, whenever that one is gone.
    private func look(after member: String) async {
        while !Task.isCancelled {
            if membership.absent.contains(member) {
                try? await membership.hold("lane/\(member)") { term in await keep(member, term) }
            }
            try? await Task.sleep(for: Self.pause)
        }
    }

    private func keep(_ member: String, _ term: Term) async {
        var isSettled = false
        while !term.isEnding, !Task.isCancelled, membership.absent.contains(member) {
            do {
                if !isSettled { try await settle(member) }
                isSettled = true
                try await erase(member)
                try await tidy(member)
            } catch {
                guard !Task.isCancelled else { return }
                Logger.current.warning(
                    "Could not look after a member that is gone yet",
                    metadata: ["member.name": "\(member)", "error": "\(error)"]
                )
            }
            await term.wait(atMost: Self.pause)
        }
    }

    private func settle(_ member: String) async throws {
        guard try await estate.hasLeft(member) else { return }
        try await asMember(member) { log in try await estate.settle(member, log) }
        Logger.current.notice("Settled what a member has left", metadata: ["member.name": "\(member)"])
    }

    private func erase(_ member: String) async throws {
        guard forgetting.isWaiting(for: member), try await log.owners().contains(member) else { return }
        try await asMember(member) { log in try await forgetting.erase(from: log, of: member) }
    }

    private func tidy(_ member: String) async throws {
        guard try await estate.isUntidy(member), try await log.owners().contains(member) else { return }
        try await asMember(member) { log in try await estate.tidy(member, log) }
    }

    private func asMember(_ member: String, _ body: (any MessageLog) async throws -> Void) async throws {
        let log = try await process.openLog(of: member)
        try await log.closing { try await body(log) }
    }
}
