public import ServiceKit
import Store
import Synchronization

/// Waits for room in a store: what finds none is done again until there is some.
public final class StoreRoom: Sendable {
    private static let pause = Duration.seconds(1)

    private let notice: WaitNotice
    private let waiting = Atomic(0)

    /// Room in a store whose waits a notice tells of.
    public init(_ notice: WaitNotice = WaitNotice(.store)) {
        self.notice = notice
    }

    /// Whether something waits.
    public var isAwaited: Bool { waiting.load(ordering: .relaxed) > 0 }

    /// Does some work, which has no effect without room, until there was room for it; any other error ends it.
    public func awaited<Value: Sendable>(_ work: () async throws -> Value) async throws -> Value {
        var hasWaited = false
        defer { if hasWaited { waiting.subtract(1, ordering: .relaxed) } }
        while true {
            do {
                let value = try await work()
                if hasWaited { notice.goesOn() }
                return value
            } catch {
                guard SQLFailure.isFull(error) else { throw error }
                notice.waits(because: SQLFailure.description(of: error), isFull: true)
            }
            if !hasWaited { waiting.add(1, ordering: .relaxed) }
            hasWaited = true
            try await Task.sleep(for: Self.pause)
        }
    }
}
