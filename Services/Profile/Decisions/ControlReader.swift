import Identity
import MessageLog
import ServiceKit
import Topics

/// Reads from topic `control` what people decided; it belongs to one actor, which alone calls it.
final class ControlReader {
    private var cursor: ControlCursor
    private(set) var book = ControlBook()

    /// The next offset to read of each partition.
    var positions: [Partition: Offset] { cursor.positions }

    init(log: any MessageLog) {
        cursor = ControlCursor(log: log)
    }

    /// Takes in everything that is there; whether there was anything.
    func readToHead(isolation: isolated (any Actor)? = #isolation) async throws -> Bool {
        var isNew = false
        while let records = try await cursor.next() {
            isNew = true
            for record in records { book.apply(record) }
        }
        return isNew
    }

    /// Forgets what was said of persons when other things were decided; the log is about to.
    func strip(of traces: PersonTraces) { book.reword { $0.strip(of: traces) } }
}
