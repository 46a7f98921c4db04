import Events
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

    /// Forgets what was said of persons when other things were decided; the log is about to, or has.
    ///
    /// - Parameter isWanted: The erasures that are meant.
    func strip(by rules: Rules, of isWanted: (ControlBook.Erasure) -> Bool) {
        let people = book.erasures.values.filter { !$0.suppression.identifiers.isEmpty && isWanted($0) }
            .map(\.suppression)
        for (lifted, people) in Dictionary(grouping: people, by: { book.withdrawals[$0.id]?.word.time }) {
            let traces = PersonTraces(
                identifiers: people.flatMap(\.identifiers),
                profileIDs: people.flatMap(\.profileIDs),
                rules: rules
            )
            book.reword { word in
                // What was said later is of people who are known again.
                if let lifted, word.time >= lifted { return }
                word.strip(of: traces)
            }
        }
    }
}
