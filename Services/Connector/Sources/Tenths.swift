import ConnectorKit
import Synchronization

/// Says when another tenth of the whole is done, so that a long run is logged ten times and not at each batch.
final class Tenths: Sendable {
    private let last = Mutex(0)

    /// Whether a tenth was passed since the last call that said so.
    func advance(to progress: SourceProgress) -> Bool {
        guard progress.total > 0 else { return false }
        let tenth = Int(progress.done * 10 / progress.total)
        return last.withLock { last in
            defer { last = max(last, tenth) }
            return tenth > last
        }
    }
}
