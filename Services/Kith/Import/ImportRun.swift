import Events

/// One import of a file, run by `connector`; this only asks for it and watches.
///
/// The connector keeps how far each import is: the same file under the same name goes on where it stopped, and a file that
/// was imported whole gives nothing twice.
struct ImportRun: Sendable {
    /// How far an import is.
    struct Progress: Equatable, Sendable {
        var state: String
        /// Bytes of the file.
        var done: Int
        var total: Int
        var records: Int64
        var rejected: Int64
        var problem: String?
        /// Whether nothing was read, as all of it was read before.
        var isRepeated = false

        var isOver: Bool { state != "running" }

        /// Takes in how far earlier imports of the file had come.
        mutating func compare(with before: Progress) {
            let isUnchanged = (records, rejected) == (before.records, before.rejected)
            isRepeated = state == "done" && isUnchanged && records + rejected > 0
        }

        init(json: JSONView) {
            state = json["state"]?.string ?? "running"
            done = Int(clamping: json["progress"]?["done"]?.int64 ?? 0)
            total = Int(clamping: json["progress"]?["total"]?.int64 ?? 0)
            records = json["records"]?.int64 ?? 0
            rejected = json["rejected"]?.int64 ?? 0
            problem = json["error"]?.string
        }
    }

    let api: API
    private let id: String
    /// How far earlier imports of the file had come.
    private let before: Progress

    /// Starts the import of a file.
    init(
        _ path: String,
        name: String,
        format: String,
        settings: [String: JSONValue],
        with api: API
    ) async throws(CommandError) {
        self.api = api
        var wish = settings
        wish["name"] = .string(name)
        wish["type"] = .string(format)
        wish["path"] = .string(Files.absolute(path))
        let answer = try await api.post("/v1/imports", .object(wish))
        guard let id = answer["id"]?.string else {
            throw CommandError(.failure, "The connector gave the import no id.")
        }
        self.id = id
        before = Progress(json: answer)
    }

    /// Returns once the import has ended; shows a bar on a terminal.
    func finished(title: String) async throws -> Progress {
        var bar = ProgressBar(title)
        var pause = Duration.milliseconds(100)
        while true {
            var progress = try await self.progress()
            bar.show(progress.done, of: progress.total, note: "\(Shown.count(progress.records)) records")
            if progress.isOver {
                bar.finish()
                progress.compare(with: before)
                return progress
            }
            try await Task.sleep(for: pause)
            // Each question is an audit entry, which is kept for ever: a long import is not asked about often.
            pause = min(pause * 1.5, .seconds(3))
        }
    }

    /// How far it is; the connector has noted the import, so it goes on also if it cannot be watched.
    private func progress() async throws(CommandError) -> Progress {
        do throws(CommandError) {
            return Progress(json: try await api.get("/v1/imports/\(API.encoded(id))"))
        } catch {
            guard error.status == .unreachable else { throw error }
            throw CommandError(
                .unreachable,
                error.problem,
                remedy: """
                    The import goes on by itself as soon as the connector runs; the same command again shows how far it is.
                    """
            )
        }
    }
}
