import Logging
import MessageLog
import ServiceKit
import Topics

/// Reads from topic `control` what people decided; it belongs to one actor, which alone calls it.
final class ControlReader {
    private var cursor: TopicCursor
    private(set) var book = ControlBook()

    init(log: any MessageLog) {
        cursor = TopicCursor(log: log, topic: Topic.control)
    }

    /// Takes in everything that is there; whether there was anything.
    func readToHead(logger: Logger, isolation: isolated (any Actor)? = #isolation) async throws -> Bool {
        var isNew = false
        while case let records = try await cursor.next(), !records.isEmpty {
            isNew = true
            for record in records {
                do {
                    book.apply(try ControlRecord(decoding: record.record.value))
                } catch {
                    // A newer version may say what this one does not know.
                    logger.warning("Passed over an unknown control record", metadata: ["error": "\(error)"])
                }
            }
        }
        return isNew
    }
}
