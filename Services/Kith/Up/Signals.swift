import Dispatch
import Glibc

/// The signals that ask for the end, in the order they arrive.
///
/// The signals are caught for as long as this object lives.
final class Signals {
    let received: AsyncStream<Int32>
    private let sources: [any DispatchSourceSignal]

    init(_ numbers: [Int32]) {
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
    static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(number, nil, &action) == 0 else { return false }
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }

    deinit {
        for source in sources { source.cancel() }
    }
}
