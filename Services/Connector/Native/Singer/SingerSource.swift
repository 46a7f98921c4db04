import ConnectorKit
import Events
import ServiceKit

/// Runs a Singer tap as it is, and makes events of its records.
struct SingerSource: NativeSource {
    static let type = "singer"
    static let summary = "Whatever a Singer tap reads."
    static let settings: [SettingField] = [
        .required("tap", "The tap as pip takes it, such as tap-intercom==2.2.5."),
        .optional("executable", "Its program; by default called as its package."),
        .object("config", "The tap's own configuration.", secret: true),
        .object(
            "streams",
            "What becomes of each stream's records: a jq expression; no other stream is read.",
            required: true
        ),
        .optional("catalogOption", "How it takes its catalog; old taps want --properties.", default: "--catalog"),
        .object("environment", "Variables that the tap sees.", secret: true),
        .optional("python", "With which Python to install it.", default: "python3"),
        .optional("patience", "How long the tap may say nothing before it is ended.", default: "10m"),
        .optional("interval", "How often to run it.", default: "5m"),
    ]

    let interval: Duration?
    let tap: Tap
    private let mappings: [String: SingerMapping]
    private var surroundings: SourceSurroundings

    init(_ setup: SourceSetup) throws(SettingsError) {
        interval = try setup.settings.duration("interval")
        surroundings = setup.surroundings
        var mappings: [String: SingerMapping] = [:]
        for (stream, value) in try setup.settings.object("streams") {
            mappings[stream] = try SingerMapping(value, stream: stream, source: setup.name)
        }
        guard !mappings.isEmpty else { throw .missing("streams") }
        self.mappings = mappings
        tap = try Tap(setup)
    }

    // MARK: Verbs

    func check() async throws {
        for part in await checks() { if let failure = part.failure { throw failure } }
    }

    /// Discovers anew, and runs the tap for each stream until its first record.
    func checks() async -> [PartCheck] {
        do {
            return try await tap.alone {
                let catalog = try await tap.discover(isFresh: true)
                try requireStreams(in: catalog)
                var checks = [PartCheck(part: nil, failure: nil)]
                for name in mappings.keys.sorted() { checks.append(await check(name, catalog)) }
                return checks
            }
        } catch {
            let failure = error as? ConnectorFailure ?? ConnectorFailure(.system, "\(error)")
            return [PartCheck(part: nil, failure: failure)]
        }
    }

    private func check(_ name: String, _ catalog: SingerCatalog) async -> PartCheck {
        struct Enough: Error {}
        do {
            let selection = catalog.selecting([name: mappings[name]?.replication ?? SingerReplication()])
            try await tap.sync(catalog: selection, state: nil) { line in
                if case .record = try? SingerMessage(line) { throw Enough() }
            }
        } catch let failure as ConnectorFailure {
            return PartCheck(part: name, failure: failure)
        } catch {}
        return PartCheck(part: name, failure: nil)
    }

    func discover() async throws -> [StreamOutline] {
        try await tap.alone {
            try await tap.discover(isFresh: true).streams.map { stream in
                StreamOutline(
                    name: stream.id,
                    keys: stream.keys,
                    fields: stream.properties,
                    isIncremental: stream.method == .incremental || stream.replicationKey != nil,
                    isSelected: mappings[stream.id] != nil || mappings[stream.name] != nil
                )
            }
        }
    }

    /// The tap's state is its own; by convention it has its streams under `bookmarks`.
    func state(_ state: JSONValue, without stream: String) -> JSONValue? {
        guard case .object(var members) = state, case .object(var bookmarks)? = members["bookmarks"],
            bookmarks.removeValue(forKey: stream) != nil
        else { return nil }
        members["bookmarks"] = .object(bookmarks)
        return .object(members)
    }

    // MARK: Reading

    /// With nothing remembered: what is known already would be left out, and taken for gone since nothing is noted.
    var forPreview: any Source {
        var source = self
        source.surroundings.memory = NoMemory()
        return source
    }

    func read(from state: JSONValue?, emit: @Sendable (SourceBatch) async throws -> Void) async throws {
        try await tap.alone {
            let catalog = try await tap.discover(isFresh: false)
            try requireStreams(in: catalog)
            let selection = catalog.selecting(mappings.mapValues(\.replication))
            let reader = SingerReader(
                SingerRun(mappings: mappings, catalog: catalog, memory: surroundings.memory, now: SystemClock.now())
            )
            try await withoutActuallyEscaping(emit) { emit in
                try await tap.sync(catalog: selection, state: state) { line in
                    if let batch = try await reader.take(line) { try await emit(batch) }
                }
            }
            if let batch = try await reader.rest() { try await emit(batch) }
            try await reader.deletions(emit)
            try await requireSchemas(of: reader)
        }
    }

    /// A stream that does not exist would be left out without a word.
    private func requireStreams(in catalog: SingerCatalog) throws {
        for name in mappings.keys.sorted() where catalog.stream(name) == nil {
            let known = catalog.streams.map(\.id).joined(separator: ", ")
            throw ConnectorFailure(.configuration, "The tap has no stream “\(name)”; it has \(known).")
        }
    }

    /// A tap that takes its catalog otherwise finds nothing selected, and ends well.
    private func requireSchemas(of reader: SingerReader) async throws {
        guard await reader.described.isEmpty else { return }
        throw ConnectorFailure(
            .configuration,
            "The tap ended well but said nothing of any stream; if it is an old one, set catalogOption: --properties."
        )
    }
}

/// Takes a tap's lines one by one, and says when a batch is to go.
actor SingerReader {
    private var run: SingerRun
    private var since = ContinuousClock.now

    init(_ run: SingerRun) {
        self.run = run
    }

    var described: Set<String> { run.described }

    /// Takes a line; a batch comes of it when there are records enough, or the last one was a second ago.
    func take(_ line: [UInt8]) async throws -> SourceBatch? {
        try run.take(line)
        guard run.isDue || since.duration(to: .now) > .seconds(1) else { return nil }
        return try await rest()
    }

    /// What has come since the last batch.
    func rest() async throws -> SourceBatch? {
        since = .now
        guard !run.isEmpty else { return nil }
        var run = run
        let batch = try await run.batch(at: SystemClock.now())
        self.run = run
        return batch
    }

    /// What is gone, after a run that has ended well.
    func deletions(_ emit: @Sendable (SourceBatch) async throws -> Void) async throws {
        for (stream, version) in run.complete {
            var behind = ""
            while let (batch, last) = try await run.deletions(
                in: stream,
                version: version,
                behind: behind,
                at: SystemClock.now()
            ) {
                try await emit(batch)
                behind = last
            }
        }
    }
}
