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

    /// A source of this name, by its manifest and settings.
    public init(
        _ manifest: Manifest,
        name: String,
        settings: Settings,
        _ surroundings: Surroundings
    ) throws(SettingsError) {
        self.manifest = manifest
        self.name = name
        let values = try settings.json(of: manifest.settings)
        self.settings = values
        caller = manifest.http.map { Caller($0, settings: values, surroundings) }
        selected = try Self.selected(settings, manifest)
        interval = selected.isEmpty ? nil : try settings.duration("interval") ?? .seconds(300)
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
        for case (_, let failure?) in await checks() { throw failure }
    }

    /// What each stream's check came to: `nil` for good.
    public func checks() async -> [(stream: String, failure: ConnectorFailure?)] {
        var results: [(stream: String, failure: ConnectorFailure?)] = []
        for stream in selected {
            do {
                try await check(stream)
                results.append((stream.name, nil))
            } catch {
                results.append((stream.name, error as? ConnectorFailure ?? ConnectorFailure(.system, "\(error)")))
            }
        }
        return results
    }

    private func check(_ stream: StreamDeclaration) async throws {
        guard let reader = reader(of: stream) else { return }
        let values = try await rounds(of: stream)
        // A stream without any round has shown all that it can.
        guard stream.each == nil || !values.isEmpty else { return }
        _ = try await reader.page(after: StreamState(), each: values.first ?? nil)
    }

    /// Reads every stream; one that fails does not keep the others from being read, and is the run's failure in the end.
    public func read(from state: JSONValue?, emit: @Sendable (SourceBatch) async throws -> Void) async throws {
        var whole: [String: JSONValue] = if case .object(let members)? = state { members } else { [:] }
        var failure: ConnectorFailure?
        for stream in selected {
            do {
                try await read(stream, &whole, emit)
            } catch let error as ConnectorFailure {
                failure =
                    failure
                    ?? ConnectorFailure(error.kind, "\(stream.name): \(error.problem)", retryAfter: error.retryAfter)
            }
        }
        if let failure { throw failure }
    }

    private func read(
        _ stream: StreamDeclaration,
        _ whole: inout [String: JSONValue],
        _ emit: @Sendable (SourceBatch) async throws -> Void
    ) async throws {
        guard let reader = reader(of: stream) else { return }
        let rounds = try await rounds(of: stream)
        // The state of what is gone goes with it.
        if stream.each != nil {
            whole[stream.name] = StreamRounds(whole[stream.name]).only(rounds.compactMap { $0 }).json
        }
        for each in rounds {
            var state = StreamRounds(whole[stream.name])[each]
            var isLast = false
            while !isLast {
                let page = try await self.page(reader, after: &state, each)
                var rounds = StreamRounds(whole[stream.name])
                rounds[each] = page.state
                whole[stream.name] = rounds.json
                (state, isLast) = (page.state, page.isLast)
                var batch = page.batch
                batch.state = .object(whole)
                try await emit(batch)
            }
        }
    }

    /// The next page; when the vendor does not know any more how the last run went on, the run begins again.
    private func page(
        _ reader: PageReader,
        after state: inout StreamState,
        _ each: JSONValue?
    ) async throws -> PageReader.Page {
        let isResumed = state.page != nil
        do {
            return try await reader.page(after: state, each: each)
        } catch let failure as ConnectorFailure where isResumed && failure.kind == .system {
            state.page = nil
            return try await reader.page(after: state, each: each)
        }
    }

    private func rounds(of stream: StreamDeclaration) async throws -> [JSONValue?] {
        switch stream.each {
        case nil: return [nil]
        case .values(let expression):
            guard let caller else { return [] }
            do throws(ProgramError) {
                return try expression.values(of: .null, in: caller.scope)
            } catch {
                throw ConnectorFailure(.configuration, "“each” is not as expected: \(error.problem)")
            }
        case .stream(let name, let expression):
            guard let parent = manifest.streams.first(where: { $0.name == name }), let reader = reader(of: parent)
            else {
                return []
            }
            return try await reader.values(of: expression)
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
