public import Events
import JQ

/// A source that a manifest describes.
///
/// Its state has a member for each stream: `{"customers": {"since": …}}`, with `page` and `reached` in the middle of a run,
/// and `{"messages": {"each": {"<value>": {…}}}}` where a stream is read for each of several values.
public struct DeclarativeSource: Source {
    /// How long to wait after a run.
    public let interval: Duration?
    let manifest: Manifest
    let name: String
    let settings: JSONValue
    let selected: [StreamDeclaration]
    let caller: Caller?
    private var memory = RunMemory(Sent())
    private var isForPreview = false

    /// What was sent of the streams whose records come again, each round by itself.
    private typealias Sent = [String: [JSONValue?: SentRows]]

    /// A source of this name, by its manifest and settings.
    public init(
        _ manifest: Manifest,
        name: String,
        settings: Settings,
        _ surroundings: Surroundings
    ) throws(SettingsError) {
        let values = try settings.json(of: manifest.settings)
        let caller = manifest.http.map { Caller($0, settings: values, surroundings) }
        try self.init(manifest, name: name, settings: settings, caller)
    }

    init(_ manifest: Manifest, name: String, settings: Settings, _ caller: Caller?) throws(SettingsError) {
        self.manifest = manifest
        self.name = name
        self.settings = try settings.json(of: manifest.settings)
        self.caller = caller
        selected = try Self.selected(settings, manifest)
        interval = selected.isEmpty ? nil : try settings.requiredDuration("interval")
    }

    /// The settings that every source of a manifest has besides its own.
    public static let fields: [SettingField] = [
        .optional("interval", "How often to read.", default: "5m"),
        .optional("streams", "Which streams to read; by default all of them."),
    ]

    private static func selected(
        _ settings: Settings,
        _ manifest: Manifest
    ) throws(SettingsError) -> [StreamDeclaration] {
        let names = try settings.texts("streams")
        for name in names where !manifest.streams.contains(where: { $0.name == name }) {
            let known = manifest.streams.map(\.name).joined(separator: ", ")
            throw .invalid("streams", reason: "has “\(name)”; the streams are \(known)")
        }
        return manifest.streams.filter { names.isEmpty || names.contains($0.name) }
    }

    /// Tries every stream, since a login that is good need not be good for all of them.
    public func check() async throws {
        for part in await checks() { if let failure = part.failure { throw failure } }
    }

    /// Asks for the first page of each stream.
    public func checks() async -> [PartCheck] {
        var results: [PartCheck] = []
        for stream in selected {
            do {
                try await check(stream)
                results.append(PartCheck(part: stream.name, failure: nil))
            } catch {
                let failure = error as? ConnectorFailure ?? ConnectorFailure(.system, "\(error)")
                results.append(PartCheck(part: stream.name, failure: failure))
            }
        }
        return results
    }

    /// With a memory of its own; of a stream that goes on by what only the vendor understands it reads one page.
    ///
    /// Asked for the next one, such a vendor may forget the records before.
    public var forPreview: any Source {
        var source = self
        source.memory = RunMemory(Sent())
        source.isForPreview = true
        return source
    }

    /// Also of those that are not selected now.
    public var streamsOfState: [String]? { manifest.streams.map(\.name) }

    /// The manifest's streams.
    public func discover() -> [StreamOutline] {
        manifest.streams.map { stream in
            StreamOutline(
                name: stream.name,
                keys: [stream.key.shown],
                isIncremental: stream.since != nil,
                isSelected: selected.contains { $0.name == stream.name }
            )
        }
    }

    private func check(_ stream: StreamDeclaration) async throws {
        guard let reader = reader(of: stream) else { return }
        let values = try await rounds(of: stream).values
        // A stream without any round has shown all that it can.
        guard stream.each == nil || !values.isEmpty else { return }
        try await reader.probe(each: values.first ?? nil)
    }

    /// Reads every stream; one that fails does not keep the others from being read, and is the run's failure in the end.
    public func read(from state: JSONValue?, emit: @Sendable (SourceBatch) async throws -> Void) async throws {
        var run = Run(from: state, sent: memory.take(state))
        defer { memory.keep(run.sent, at: run.reached) }
        for stream in selected {
            do {
                try await read(stream, &run, emit)
            } catch let error as ConnectorFailure {
                run.failures.append(error.of(stream))
            }
            // Who says that it is too much does not mean this stream only.
            if run.failures.contains(where: { $0.kind == .rateLimit }) { break }
        }
        if let failure = run.failure { throw failure }
    }

    /// What becomes of the source in one run.
    private struct Run {
        /// The streams' states.
        var states: [String: JSONValue]
        var sent: Sent
        /// The source's state as it is kept.
        var reached: JSONValue?
        var failures: [ConnectorFailure] = []

        init(from state: JSONValue?, sent: Sent) {
            states = if case .object(let members)? = state { members } else { [:] }
            self.sent = sent
            reached = state
        }

        /// The first one; one may not come back before every stream's answer has allowed it.
        var failure: ConnectorFailure? {
            guard var failure = failures.first else { return nil }
            failure.retryAfter = failures.compactMap(\.retryAfter).max()
            return failure
        }
    }

    private func read(
        _ stream: StreamDeclaration,
        _ run: inout Run,
        _ emit: @Sendable (SourceBatch) async throws -> Void
    ) async throws {
        guard let reader = reader(of: stream) else { return }
        let (rounds, areAll) = try await rounds(of: stream)
        // The state of what is gone goes with it, and what was sent of it; what was only not answered is not gone.
        if stream.each != nil, areAll {
            let known = Set(rounds)
            run.sent[stream.name] = run.sent[stream.name]?.filter { known.contains($0.key) }
            run.states[stream.name] = StreamRounds(run.states[stream.name]).only(rounds.compactMap { $0 }).json
        }
        for each in rounds {
            do {
                try await read(reader, each, &run, emit)
            } catch let error as ConnectorFailure {
                run.failures.append(error.of(stream, each))
                // The others may do, unless the login or the limit is what is wrong.
                if error.kind == .rateLimit || error.kind == .configuration { return }
            }
        }
    }

    private func read(
        _ reader: PageReader,
        _ each: JSONValue?,
        _ run: inout Run,
        _ emit: @Sendable (SourceBatch) async throws -> Void
    ) async throws {
        let name = reader.stream.name
        var state = StreamRounds(run.states[name])[each]
        var mayBeForgotten = state.page != nil
        var mayRestart = true
        var seen: Set<JSONValue> = []
        var isLast = false
        var misfit: String?
        while !isLast {
            let start = state
            var sent = run.sent[name]?[each] ?? SentRows(keepsFirst: reader.stream.since == nil)
            if state.page == nil { sent.begin() }
            let page = try await self.page(
                reader,
                after: &state,
                each,
                sent,
                mayRestart: mayRestart,
                mayBeForgotten: mayBeForgotten
            )
            // What begins anew comes to the same pages again; were it to do so twice, it might do so for ever.
            if state != start { (seen, mayRestart) = ([], false) }
            mayBeForgotten = false
            if let next = page.state.page { try reader.check(next, among: &seen) }
            var rounds = StreamRounds(run.states[name])
            rounds[each] = page.state
            run.states[name] = rounds.json
            (state, isLast) = (page.state, page.isLast)
            if misfit?.isEmpty != false { misfit = page.misfit ?? misfit }
            var batch = page.batch
            batch.state = .object(run.states)
            try await emit(batch)
            run.reached = batch.state
            if isForPreview, reader.stream.since?.format == .value { return }
            guard reader.repeatsRecords else { continue }
            // Had in one place, a large set is not copied.
            run.sent[name]?[each] = nil
            sent.add(page.rows)
            run.sent[name, default: [:]][each] = sent
        }
        try reader.checkFormat(misfit, at: state, interval: interval)
    }

    /// The next page; when the vendor does not know any more how an earlier run went on, the run begins again, and when it
    /// does not know any more up to where earlier runs read, so does the stream.
    private func page(
        _ reader: PageReader,
        after state: inout StreamState,
        _ each: JSONValue?,
        _ sent: SentRows,
        mayRestart: Bool,
        mayBeForgotten: Bool
    ) async throws -> PageReader.Page {
        do {
            return try await reader.page(after: state, each: each, leavingOut: sent)
        } catch let failure as ConnectorFailure where failure.mayRestart && mayRestart && state != StreamState() {
            state = StreamState()
            return try await reader.page(after: state, each: each, leavingOut: sent)
        } catch let failure as ConnectorFailure {
            guard mayBeForgotten, failure.kind == .system else { throw failure }
            state.page = nil
            state.reached = nil
            return try await reader.page(after: state, each: each, leavingOut: sent)
        }
    }

    private func rounds(of stream: StreamDeclaration) async throws -> (values: [JSONValue?], areAll: Bool) {
        switch stream.each {
        case nil: return ([nil], true)
        case .values(let expression):
            guard let caller else { return ([], true) }
            do throws(ProgramError) {
                return (try expression.values(of: .null, in: caller.scope), true)
            } catch {
                throw ConnectorFailure(.configuration, "“each” is not as expected: \(error.problem)")
            }
        case .stream(let name, let expression):
            guard let parent = manifest.streams.first(where: { $0.name == name }), let reader = reader(of: parent)
            else {
                return ([], true)
            }
            let (values, areAll) = try await reader.values(of: expression)
            return (values, areAll)
        }
    }

    private func reader(of stream: StreamDeclaration) -> PageReader? {
        caller.map { PageReader(stream: stream, source: name, caller: $0) }
    }
}

/// The states of a stream's rounds; of a stream without rounds, its only one.
struct StreamRounds {
    private var own: StreamState
    private var rounds: [String: JSONValue]

    init(_ json: JSONValue?) {
        own = StreamState(json)
        rounds = if case .object(let members)? = json?["each"] { members } else { [:] }
    }

    subscript(each: JSONValue?) -> StreamState {
        get { each.map { StreamState(rounds[$0.plainText]) } ?? own }
        set {
            if let each { rounds[each.plainText] = newValue.json } else { own = newValue }
        }
    }

    /// Without those of other values.
    func only(_ values: [JSONValue]) -> StreamRounds {
        var result = self
        let known = Set(values.map(\.plainText))
        result.rounds = rounds.filter { known.contains($0.key) }
        return result
    }

    var json: JSONValue {
        guard case .object(var members) = own.json, !rounds.isEmpty else { return own.json }
        members["each"] = .object(rounds)
        return .object(members)
    }
}

extension ConnectorFailure {
    /// The same, with the stream's name, and what the round was for.
    fileprivate func of(_ stream: StreamDeclaration, _ each: JSONValue? = nil) -> ConnectorFailure {
        let round = each.map { " of “\($0.plainText.prefix(60))”" } ?? ""
        return ConnectorFailure(kind, "\(stream.name)\(round): \(problem)", retryAfter: retryAfter)
    }
}
