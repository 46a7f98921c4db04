/// The time for which a member holds a lease, from within.
public final class Term: Sendable {
    private let ending = Signal()
    private let loss = Signal()

    /// Whether the lease is to be handed over, or the process to stop: finish what is under way, and begin nothing.
    public var isEnding: Bool { ending.isGiven }

    /// Returns once the term is to end, or the task is cancelled.
    public func untilEnding() async { await ending.wait() }

    /// Returns once the term is to end, so long has passed, or the task is cancelled.
    public func wait(atMost limit: Duration) async {
        await withTaskGroup { group in
            group.addTask { await self.ending.wait() }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Does something until it ends by itself, or until the term is to end, which cancels it.
    public func cancelWhenEnding(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await body()
                return true
            }
            group.addTask {
                await self.ending.wait()
                return false
            }
            let isOver = try await group.next() ?? true
            group.cancelAll()
            // What being cut short threw is of no interest.
            if !isOver { while await group.nextResult() != nil {} }
        }
    }

    /// Asks for the end.
    func end() { ending.give() }

    /// The member can no longer be sure that the lease is its own: what is under way is cut short.
    func lose() {
        ending.give()
        loss.give()
    }

    /// Does something for as long as the lease is held; whether it ended by itself.
    func serve(_ body: @escaping @Sendable (Term) async throws -> Void) async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await body(self)
                return true
            }
            group.addTask {
                await self.loss.wait()
                return false
            }
            let isOver = try await group.next() ?? true
            group.cancelAll()
            while await group.nextResult() != nil {}
            return isOver && !isEnding
        }
    }
}
