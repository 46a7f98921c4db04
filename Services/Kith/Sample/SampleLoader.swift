import Curl
import Events
import Topics

/// Sends the sample to a running instance, each system's part by the way it would come.
///
/// Everything has an id of its own that does not change, so that loading it twice changes nothing.
struct SampleLoader: Sendable {
    private static let batchSize = 100

    let files: SampleFiles
    let instance: Instance

    /// Sends all of it, and waits until it can be queried.
    func load() async throws {
        var bar = ProgressBar("Loading the sample")
        bar.show(0, of: 5)
        try await importFile(ContactsFile.name, as: "crm", format: "csv", mapping: ContactsFile.mapping)
        bar.show(1, of: 5)
        try await importFile(OrdersFile.name, as: "shop", format: "ndjson", mapping: OrdersFile.mapping)
        for (index, (source, calls)) in channels.enumerated() {
            bar.show(2 + index, of: 5)
            try await send(calls, as: source)
        }
        bar.finish()
        try await settled()
    }

    private var channels: [(source: String, calls: [SampleCall])] {
        [
            ("web", WebFile(shop: files.shop).calls), ("chat", ChatFile(shop: files.shop).calls),
            ("mail", Mailbox(shop: files.shop).calls),
        ]
    }

    private func importFile(_ name: String, as source: String, format: String, mapping: String) async throws {
        let run = try await ImportRun(
            files.path(of: name),
            name: source,
            format: format,
            settings: ["mapping": try Import.mapping(from: mapping)],
            with: try instance.api(.connector, .admin)
        )
        let progress = try await run.finished(title: "Loading \(name)")
        guard progress.state != "failed" else {
            throw CommandError(.failure, progress.problem ?? "The import of \(name) failed.")
        }
    }

    /// Sends the calls with a write key of their own source, which is good only for as long as that takes.
    private func send(_ calls: [SampleCall], as source: String) async throws {
        guard let url = instance.urls[.ingest] else {
            throw CommandError(.unreachable, "It is not known where ingest is.")
        }
        let administration = try instance.api(.profile, .admin)
        let key = try await administration.post("/v1/keys", ["scope": "write", "source": .string(source)])
        guard let secret = key["secret"]?.string, let id = key["id"]?.string else {
            throw CommandError(.failure, "The new key has no secret.")
        }
        let ingest = API(url: url, key: secret)
        for start in stride(from: 0, to: calls.count, by: SampleLoader.batchSize) {
            let batch = calls[start..<min(start + SampleLoader.batchSize, calls.count)]
            try await send(Array(batch), to: ingest)
        }
        try await administration.send("DELETE", "/v1/keys/\(API.encoded(id))")
    }

    private func send(_ batch: [SampleCall], to ingest: API) async throws {
        let body = JSONWriter.object { writer in
            writer.array("batch", of: batch) { $0.write(to: &$1) }
        }
        try await patiently { try await ingest.send("POST", "/v1/batch", body: body) }
    }

    /// A key that was made just now is not known everywhere yet, and a busy door opens again.
    private func patiently(_ attempt: () async throws -> Void) async throws {
        for _ in 0..<100 {
            do {
                return try await attempt()
            } catch let error as CommandError {
                guard error.status == .unauthorized || error.status == .unreachable else { throw error }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        try await attempt()
    }

    /// Returns once every consumer of the events has read all of them; half a minute at most.
    private func settled() async throws {
        let api = try instance.api(.profile, .admin)
        for _ in 0..<300 {
            let status = try await api.get("/v1/status")
            let events = status["consumers"]?.elements.filter { $0["topic"]?.string == Topic.events } ?? []
            if !events.isEmpty, events.allSatisfy({ $0["lag"]?.int64 == 0 }) { return }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}
