import Events

/// One rebuild, done by `profile`; this only asks for it and watches.
struct RebuildRun: Sendable {
    /// How long `profile` may not answer, as when it is started again.
    private static let patience: Duration = .seconds(60)

    let api: API
    /// When it was asked for, which is its name; `nil` for any.
    private var startedAt: String?

    init(api: API) {
        self.api = api
    }

    /// Asks for it.
    mutating func start(_ wish: [String: JSONValue]) async throws(CommandError) {
        startedAt = try await api.post("/v1/rebuild", .object(wish))["startedAt"]?.string
    }

    /// Returns once it has ended; shows a bar on a terminal.
    func finished() async throws -> JSONView {
        var bar = ProgressBar("Rebuilding")
        defer { bar.finish() }
        while true {
            let status = try await status()
            if let startedAt, status["startedAt"]?.string != startedAt {
                throw CommandError(
                    .failure,
                    "What became of the rebuild is not known any more: profile was started again meanwhile."
                )
            }
            guard status["state"]?.string == "running" else { return status }
            show(status, on: &bar)
            try await Task.sleep(for: .milliseconds(150))
        }
    }

    private func show(_ status: JSONView, on bar: inout ProgressBar) {
        let progress = status["progress"]
        let notes = ["reading": "events", "comparing": "profiles compared", "switching": "at the end"]
        bar.show(
            Int(clamping: progress?["done"]?.int64 ?? 0),
            of: Int(clamping: progress?["total"]?.int64 ?? 0),
            note: notes[status["phase"]?.string ?? ""] ?? ""
        )
    }

    private func status() async throws -> JSONView {
        let limit = ContinuousClock.now + Self.patience
        while true {
            do throws(CommandError) {
                return try await api.get("/v1/rebuild")
            } catch {
                guard error.status == .unreachable, ContinuousClock.now < limit else { throw error }
                try await Task.sleep(for: .milliseconds(300))
            }
        }
    }
}
