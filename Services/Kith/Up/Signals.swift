import Dispatch
import Glibc

/// The signals that ask for the end, in the order they arrive.
///
/// The signals are caught for as long as this object lives.
final class Signals {
    let received: AsyncStream<Int32>
    private let sources: [any DispatchSourceSignal]

    init() {
        let numbers = [SIGINT, SIGTERM] + (Signals.isIgnored(SIGHUP) ? [] : [SIGHUP])
        let (received, sender) = AsyncStream<Int32>.makeStream()
        self.received = received
        sources = numbers.map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { sender.yield(number) }
            source.resume()
            return source
        }
    }

    /// Whether the program that started this one has decided that the signal shall do nothing, as `nohup` does.
    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(number, nil, &action) == 0 else { return false }
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }

    deinit {
        for source in sources { source.cancel() }
    }
}

extension Signals {
    /// Does something that the first signal cancels, and returns or throws once that has ended, with what it has tidied up.
    static func cancelling<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let signals = Signals()
        defer { withExtendedLifetime(signals) {} }
        let received = signals.received
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                for await _ in received { break }
                return nil
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() ?? nil else { throw CommandError.brokenOff }
            return value
        }
    }
}
