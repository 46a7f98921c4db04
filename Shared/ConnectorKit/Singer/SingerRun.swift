public import Events

/// Follows what a tap says in one run, and makes batches of it.
///
/// - The tap’s state is handed on verbatim, and never before the records that came before it.
/// - A record that is not known to be of a time, or whose deletion matters, is remembered: unchanged it is not sent again.
/// - A line that makes no sense is rejected; the run goes on, but none of its records is known to be gone.
public struct SingerRun: Sendable {
    /// Whether enough has come together for a batch.
    public var isDue: Bool { pending.count + rejected.count >= 500 || bytes >= Self.batchBytes }
    /// Whether anything has come since the last batch.
    public var isEmpty: Bool { pending.isEmpty && rejected.isEmpty && state == nil }
    /// The streams that the tap has described.
    public var described: Set<String> { Set(schemas.keys) }

    /// The bytes of lines after which a batch is due however few they are: they wait in memory, and go to the log as one.
    private static let batchBytes = 4 << 20

    private let mappings: [String: SingerMapping]
    private let catalog: SingerCatalog
    private let memory: any SourceMemory
    /// The version of records that have none of their own.
    private let version: Int64

    private var schemas: [String: SingerSchema] = [:]
    private var activated: [String: Int64] = [:]
    private var counts: [String: Int] = [:]
    private var pending: [PendingRecord] = []
    private var rejected: [RejectedRecord] = []
    private var state: JSONValue?
    /// Of the lines since the last batch.
    private var bytes = 0
    /// Whether some record may not have been understood.
    private var hasGaps = false

    private struct PendingRecord {
        var stream: String
        var record: JSONValue
        var version: Int64
        var time: Timestamp?
        var key: String
        var digest: String
        var isRemembered: Bool
    }

    /// A run that begins now, of a tap that was handed this catalog.
    ///
    /// - Parameter mappings: By the ids or the names of streams; records of others are left out.
    public init(mappings: [String: SingerMapping], catalog: SingerCatalog, memory: any SourceMemory, now: Timestamp) {
        self.mappings = mappings
        self.catalog = catalog
        self.memory = memory
        version = now.microseconds / 1000
    }

    /// Takes one line.
    public mutating func take(_ line: [UInt8]) throws(ConnectorFailure) {
        bytes += line.count
        let message: SingerMessage
        do throws(SingerFault) {
            message = try SingerMessage(line)
        } catch {
            rejected.append(RejectedRecord(code: error.code, reason: error.reason, payload: line))
            // It may have been a record.
            if line.contains(UInt8(ascii: "{")) { hasGaps = true }
            return
        }
        switch message {
        case .schema(let stream, let schema): schemas[stream] = schema
        case .record(let stream, let record, let version): take(record, of: stream, version)
        // The SDK's taps begin with an empty state, which would make a later run begin anew.
        case .state([:]), .state(.null): break
        case .state(let value): state = value
        case .activateVersion(let stream, let version): activated[stream] = version
        case .batch(let stream):
            throw ConnectorFailure(
                .configuration,
                "The tap sends “\(stream)” in files (BATCH); take “batch_config” out of its configuration."
            )
        case .other: break
        }
    }

    private mutating func take(_ record: JSONValue, of stream: String, _ version: Int64?) {
        guard let mapping = mapping(of: stream) else { return }
        counts[stream, default: 0] += 1
        let keys = keys(of: stream)
        let time = time(of: record, stream, mapping)
        let isRemembered = time == nil || mapping.followsDeletions
        let digest = isRemembered || keys.isEmpty ? EventDraft.id(of: [mapping.text, record.text]) : ""
        pending.append(
            PendingRecord(
                stream: stream,
                record: record,
                version: version ?? self.version,
                time: time,
                key: keys.isEmpty ? "#\(digest)" : record.only(keys).text,
                digest: digest,
                isRemembered: isRemembered
            )
        )
    }

    private func mapping(of stream: String) -> SingerMapping? {
        mappings[stream] ?? catalog.stream(stream).flatMap { mappings[$0.id] ?? mappings[$0.name] }
    }

    private func keys(of stream: String) -> [String] {
        if let keys = schemas[stream]?.keys, !keys.isEmpty { return keys }
        return catalog.stream(stream)?.keys ?? []
    }

    /// When the record was changed, by the member by which the stream goes on; numbers may be anything.
    private func time(of record: JSONValue, _ stream: String, _ mapping: SingerMapping) -> Timestamp? {
        let names =
            [mapping.replication.key] + (schemas[stream]?.bookmarks ?? []) + [catalog.stream(stream)?.replicationKey]
        for case let name? in names {
            if case .string(let text)? = record[name], let time = Timestamp.lenient(text) { return time }
        }
        return nil
    }

    // MARK: Batches

    /// What has come since the last batch.
    public mutating func batch(at now: Timestamp) async throws -> SourceBatch {
        var batch = SourceBatch(rejected: rejected, state: state)
        var known = try await remembered()
        for item in pending { add(item, &known, to: &batch, at: now) }
        (pending, rejected, state, bytes) = ([], [], nil, 0)
        return batch
    }

    private func remembered() async throws -> [String: [String: RememberedRecord]] {
        var known: [String: [String: RememberedRecord]] = [:]
        for (stream, items) in Dictionary(grouping: pending.filter(\.isRemembered), by: \.stream) {
            known[stream] = try await memory.records(items.map(\.key), in: stream)
        }
        return known
    }

    private func add(
        _ item: PendingRecord,
        _ known: inout [String: [String: RememberedRecord]],
        to batch: inout SourceBatch,
        at now: Timestamp
    ) {
        guard let mapping = mapping(of: item.stream) else { return }
        let seen = RememberedRecord(version: item.version, digest: item.digest)
        let before = known[item.stream]?[item.key]
        var ids: [String] = []
        if !item.isRemembered || before?.digest != item.digest {
            let scope = Scope(settings: .null, now: now)
            let part = mapping.events.batch(of: item.record, key: item.key, time: item.time, in: scope, at: now)
            let events = part.events.filter { $0.body.count <= EventEnvelope.mostBytes }
            batch.events += events
            batch.rejected += part.rejected
            if events.count < part.events.count { batch.rejected.append(Self.tooLarge(item.record)) }
            ids = events.map(\.messageID)
        } else if !mapping.followsDeletions || before == seen {
            return
        }
        guard item.isRemembered else { return }
        known[item.stream, default: [:]][item.key] = seen
        batch.records.append(RecordNote(stream: item.stream, key: item.key, record: seen, messageIDs: ids))
    }

    private static func tooLarge(_ record: JSONValue) -> RejectedRecord {
        RejectedRecord(
            code: "event_too_large",
            reason: "An event of this record has more than \(EventEnvelope.most).",
            payload: record.bytes
        )
    }

    // MARK: What is gone

    /// The streams whose missing records are known to be gone once the run has ended well, and their versions now.
    ///
    /// Either the tap said so, or it was read from beginning to end and gave something: a stream that is suddenly empty may
    /// as well be one that may not be read any more.
    public var complete: [(stream: String, version: Int64)] {
        guard !hasGaps else { return [] }
        return schemas.keys.sorted().compactMap { stream in
            guard mapping(of: stream)?.followsDeletions == true, !keys(of: stream).isEmpty else { return nil }
            if let version = activated[stream] { return (stream, version) }
            return isFull(stream) && counts[stream, default: 0] > 0 ? (stream, version) : nil
        }
    }

    private func isFull(_ stream: String) -> Bool {
        (mapping(of: stream)?.replication.method ?? catalog.stream(stream)?.method) == .full
    }

    /// The deletions of a complete stream, from behind this key on; `nil` when there are no more.
    public func deletions(
        in stream: String,
        version: Int64,
        behind key: String,
        at now: Timestamp
    ) async throws -> (batch: SourceBatch, last: String)? {
        let keys = try await memory.keys(in: stream, before: version, behind: key, limit: 500)
        guard let last = keys.last, let expression = mapping(of: stream)?.deleted else { return nil }
        var batch = SourceBatch()
        for key in keys {
            let record = (try? JSONValue(parsing: Array(key.utf8))) ?? .null
            let scope = Scope(settings: .null, now: now)
            let part = expression.batch(of: record, key: "\(key)@\(version)", in: scope, at: now)
            batch.events += part.events
            batch.rejected += part.rejected
            batch.records.append(RecordNote(stream: stream, key: key, record: nil))
        }
        return (batch, last)
    }
}

extension JSONValue {
    /// An object of these members only.
    fileprivate func only(_ names: [String]) -> JSONValue {
        guard case .object(let members) = self else { return self }
        return .object(members.filter { names.contains($0.key) })
    }
}
