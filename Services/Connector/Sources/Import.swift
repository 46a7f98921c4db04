import ConnectorKit
import Events
import Logging
import ServiceKit

/// A file that is read once.
struct Import: Sendable {
    let id: String
    let source: ConfiguredSource
    private let entry: JSONValue

    /// An import of what a configuration entry for a source of type `csv` or `ndjson` describes.
    ///
    /// The same entry goes on where an earlier import of it stopped; with another mapping, the file is read anew.
    init(id: String, entry: JSONValue) throws {
        self.id = id
        self.entry = entry
        let known = try Configuration.Entry(entry, at: "import") { _ in nil }
        guard ["csv", "ndjson"].contains(known.type), case .string? = known.values["path"] else {
            throw ConfigurationError(known.name, "is not a file of type csv or ndjson with a path")
        }
        source = try ConfiguredSource(
            known,
            catalog: .builtIn(native: { _ in .once }),
            stateName: "import:\(EventDraft.id(of: [known.name, known.type, JSONValue.object(known.values).text]))"
        )
    }

    init(_ row: ImportRow) throws {
        try self.init(id: row.id, entry: row.entry)
    }

    var row: ImportRow { ImportRow(id: id, entry: entry, state: .running, error: nil) }
}

extension SourceRunner {
    /// The import that was wished for; one that makes no sense any more has failed.
    func file(of row: ImportRow) async throws -> Import? {
        do {
            return try Import(row)
        } catch {
            try await store.endImport(row.id, .failed, error: "\(error)", at: SystemClock.now())
            return nil
        }
    }

    /// Runs an import and keeps how it ended; one that is interrupted goes on with the next start.
    func run(_ file: Import) async throws {
        do {
            try await run(file.source)
            try await store.endImport(file.id, .done, error: nil, at: SystemClock.now())
        } catch is CancellationError {
            return
        } catch {
            guard !Task.isCancelled else { return }
            Logger.current.warning(
                "An import failed",
                metadata: ["import.id": "\(file.id)", "error": "\(error.withoutData)"]
            )
            try await store.endImport(file.id, .failed, error: "\(error)", at: SystemClock.now())
        }
    }
}
