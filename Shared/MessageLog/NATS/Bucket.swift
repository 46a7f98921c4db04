import FoundationEssentials

/// A JetStream key-value bucket: what is kept besides records, under keys of words with dots between.
struct Bucket: Sendable {
    /// A value and what a change of it must follow.
    struct Entry<Value: Sendable>: Sendable {
        var value: Value?
        var revision: UInt64
    }

    static let stream = "KV_KITH"
    let jetStream: JetStream

    /// Makes the bucket if there is none.
    func create(replicas: Int) async throws(MessageLogError) {
        let stream = StreamConfiguration(
            name: Self.stream,
            subjects: ["$KV.KITH.>"],
            replicas: replicas,
            keepsLast: true
        )
        do throws(JetStreamError) { try await jetStream.create(stream) } catch { throw MessageLogError(error) }
    }

    /// The value of a key, by the leader; revision 0 if there never was one.
    func entry<Value: Decodable & Sendable>(
        _ key: String,
        as type: Value.Type
    ) async throws(MessageLogError) -> Entry<Value> {
        do throws(JetStreamError) {
            guard let found = try await jetStream.last(Self.subject(key), of: Self.stream) else {
                return Entry(value: nil, revision: 0)
            }
            if found.isRemoval { return Entry(value: nil, revision: found.seq) }
            guard let value = try? JSONDecoder().decode(type, from: Data(found.payload)) else {
                throw .unreadable(key)
            }
            return Entry(value: value, revision: found.seq)
        } catch {
            throw MessageLogError(error)
        }
    }

    /// Sets a key whose last change was this revision.
    func set(_ key: String, to value: some Encodable, after revision: UInt64) async throws(MessageLogError) -> Published
    {
        let bytes: [UInt8]
        do { bytes = Array(try JSONEncoder().encode(value)) } catch { throw .unavailable(reason: "\(error)") }
        return await jetStream.publish(bytes, to: Self.subject(key), after: .lastOfSubject(revision))
    }

    /// Removes a key whose last change was this revision.
    func remove(_ key: String, after revision: UInt64) async {
        let headers = [(name: "KV-Operation", value: "DEL")]
        _ = await jetStream.publish([], to: Self.subject(key), after: .lastOfSubject(revision), headers: headers)
    }

    /// Changes a key until no one else changes it at the same time.
    func update<Value: Codable & Sendable>(
        _ key: String,
        as type: Value.Type,
        _ change: (Value?) -> Value?
    ) async throws(MessageLogError) {
        let limit = ContinuousClock.now + jetStream.patience
        while true {
            let entry = try await entry(key, as: type)
            guard let new = change(entry.value) else { return }
            let published = try await set(key, to: new, after: entry.revision)
            if case .stored = published { return }
            if case .full = published { throw .full }
            guard ContinuousClock.now < limit else {
                throw .unavailable(reason: "The NATS servers did not store \(key) in time.")
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// The last words of the keys that begin with these words.
    func names(under prefix: String) async throws(MessageLogError) -> [String] {
        let filter = Self.subject(prefix) + ".*"
        do throws(JetStreamError) {
            let subjects = try await jetStream.info(Self.stream, subjects: filter)?.state.subjects ?? [:]
            return subjects.keys.compactMap { $0.split(separator: ".").last.map(String.init) }.sorted()
        } catch {
            throw MessageLogError(error)
        }
    }

    private static func subject(_ key: String) -> String { "$KV.KITH.\(key)" }
}
