import ConnectorKit
import Curl
import Events
import Synchronization
import Topics

/// Runs a connector on a fixture and says what is not as expected.
struct FixtureRun: Sendable {
    let manifest: Manifest
    let fixture: Fixture

    /// What is different; nothing when all is well.
    func problems() async throws -> [String] {
        let vendor = StandIn(fixture.exchanges)
        let clock = FixtureClock(fixture.now)
        let found = try await vendor.serve { send in
            let surroundings = Surroundings(
                send: send,
                now: { clock.now },
                sleep: { clock.sleep($0) },
                random: { 0 },
                vault: MemoryVault()
            )
            return try await self.problems(in: surroundings)
        }
        return found + vendor.problems + clock.problems(expecting: fixture.waits)
    }

    private func problems(in surroundings: Surroundings) async throws -> [String] {
        switch fixture.subject {
        case .read(let streams, let state, let failure, let after):
            return try await read(streams, state, failure, after, surroundings)
        case .receive(let request, let expected):
            return try receive(request, expected, surroundings)
        case .deliver(let payload, let identifier, let outcome, let links):
            return try await deliver(payload, identifier, outcome, links, surroundings)
        }
    }

    // MARK: Reading

    private func read(
        _ streams: [String],
        _ state: JSONValue?,
        _ failure: ConnectorFailure.Kind?,
        _ after: JSONValue?,
        _ surroundings: Surroundings
    ) async throws -> [String] {
        let source = try source(surroundings, streams: streams)
        let collected = Collected()
        var problems: [String] = []
        do {
            try await source.read(from: state) { collected.add($0) }
            if let failure { problems.append("The run should fail (\(failure.rawValue)), but came to its end.") }
        } catch let error as ConnectorFailure {
            if error.kind != failure { problems.append("The run failed (\(error.kind.rawValue)): \(error.problem)") }
        }
        if let after, let problem = Matching.difference(after, collected.state ?? .null, at: "after") {
            problems.append(problem)
        }
        return problems + Self.problems(collected, fixture)
    }

    private func source(_ surroundings: Surroundings, streams: [String] = []) throws -> DeclarativeSource {
        var values = fixture.settings
        if !streams.isEmpty { values["streams"] = .array(streams.map(JSONValue.string)) }
        let settings = try Settings(values, declared: manifest.settings + DeclarativeSource.fields)
        return try DeclarativeSource(manifest, name: manifest.name, settings: settings, surroundings)
    }

    private static func problems(_ collected: Collected, _ fixture: Fixture) -> [String] {
        var problems: [String] = []
        let codes = collected.rejected.map(\.code)
        if codes != fixture.rejected {
            let reasons = collected.rejected.map { "\($0.code) (\($0.reason))" }
            problems.append("Rejected: \(listed(reasons)); and not: \(listed(fixture.rejected)).")
        }
        guard let expected = fixture.events else { return problems }
        let events = collected.events.map { (try? JSONValue(parsing: $0.body)) ?? .null }
        if events.count != expected.count {
            let shown = events.map { "\n    \($0.text)" }.joined()
            let end = events.isEmpty ? "." : ":"
            problems.append("There are \(events.count) events, not \(expected.count)\(end)\(shown)")
        }
        for (index, pair) in zip(expected, events).enumerated() {
            if let problem = Matching.difference(pair.0, pair.1, at: "events[\(index)]") { problems.append(problem) }
        }
        return problems
    }

    private static func listed(_ texts: [String]) -> String {
        texts.isEmpty ? "none" : texts.joined(separator: ", ")
    }

    // MARK: Receiving

    private func receive(
        _ request: ReceivedRequest,
        _ expected: Fixture.Receiving,
        _ surroundings: Surroundings
    ) throws -> [String] {
        let source = try source(surroundings)
        let request = expected.isSigned ? try source.signed(request) : request
        let collected = Collected()
        do throws(ReceiveRefusal) {
            switch try source.receive(request) {
            case .challenge(let answer):
                guard expected.challenge == answer else { return ["The challenge is answered by \(answer.text)."] }
            case .batch(let batch, let redirect):
                guard expected.challenge == nil else { return ["No challenge was seen in the request."] }
                guard expected.redirect == redirect else { return ["It redirects to \(redirect ?? "nothing")."] }
                guard !expected.isRefused else { return ["The request was taken although it should be refused."] }
                collected.add(batch)
            }
        } catch {
            return expected.isRefused ? [] : ["The request was refused: \(error)"]
        }
        return Self.problems(collected, fixture)
    }

    // MARK: Delivering

    private func deliver(
        _ payload: JSONValue,
        _ identifier: Identifier,
        _ outcome: String,
        _ links: JSONValue?,
        _ surroundings: Surroundings
    ) async throws -> [String] {
        let settings = try Settings(fixture.settings, declared: manifest.settings)
        guard let destination = try DeclarativeDestination(manifest, settings: settings, surroundings) else {
            return ["The connector has no actions."]
        }
        let command = Command(
            id: "cmd_1",
            destination: manifest.name,
            rule: "fixture",
            identifier: identifier,
            causedBy: "fixture",
            payload: payload,
            createdAt: fixture.now,
            notAfter: Timestamp(microseconds: fixture.now.microseconds + 3_600_000_000)
        )
        switch await destination.deliver(command) {
        case .delivered(_, let found):
            guard outcome == "delivered" else { return ["It was delivered, and should not be (\(outcome))."] }
            let shown = JSONValue.object(
                Dictionary(found.map { ($0.namespace, .string($0.value)) }) { _, last in last }
            )
            guard let links, let problem = Matching.difference(links, shown, at: "links") else { return [] }
            return [problem]
        case .retry(_, let reason), .putOff(_, let reason):
            return outcome == "retry" ? [] : ["It is to be tried again: \(reason)"]
        case .rejected(let reason): return outcome == "rejected" ? [] : ["It was rejected: \(reason)"]
        }
    }
}

/// What a run gives.
private final class Collected: Sendable {
    private let batches = Mutex<[SourceBatch]>([])

    func add(_ batch: SourceBatch) { batches.withLock { $0.append(batch) } }

    var events: [SourceEvent] { batches.withLock { $0.flatMap(\.events) } }
    var rejected: [RejectedRecord] { batches.withLock { $0.flatMap(\.rejected) } }
    var state: JSONValue? { batches.withLock { $0.last { $0.state != nil }?.state } }
}

/// A clock that only pauses move.
private final class FixtureClock: Sendable {
    private let start: Timestamp
    private let pauses = Mutex<[Duration]>([])

    init(_ start: Timestamp) {
        self.start = start
    }

    var now: Timestamp {
        pauses.withLock { pauses in
            Timestamp(microseconds: start.microseconds + pauses.reduce(0) { $0 + $1.microseconds })
        }
    }

    func sleep(_ pause: Duration) { pauses.withLock { $0.append(pause) } }

    func problems(expecting waits: [Duration]?) -> [String] {
        let found = pauses.withLock { $0 }
        guard let waits, waits != found else { return [] }
        return ["It paused for \(found), not for \(waits)."]
    }
}
