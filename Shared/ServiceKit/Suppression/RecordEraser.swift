public import Events
public import Identity
public import MessageLog
public import Topics

/// What becomes of records where persons are to be forgotten.
///
/// | topic | a record that tells of a person |
/// |---|---|
/// | `events` | a tombstone, if it is the person's event or names nobody else; without the person's identifiers, if it is another's |
/// | `control` | an audit entry has another subject; a decision or correction of the person is a tombstone, others' reasons are others |
/// | | who took back what was decided of the person, and why, is not said any more |
/// | others | a tombstone |
///
/// Keys, and what records say of their place and time, are kept only where the record stays. Whom it looks for (``Topics/Suppression``,
/// ``Topics/Forgotten``, ``Topics/Erased``) stays known.
public struct RecordEraser: Sendable {
    /// What is written in place of a record, and for which suppressions.
    public struct Replacement: Sendable {
        /// The record; its time is the old one's.
        public var record: Record
        /// The ids of the suppressions.
        public var suppressions: Set<String>
    }

    private struct Person {
        var id: String
        var traces: PersonTraces
        /// What came in later is kept: the suppression was withdrawn then.
        var until: Timestamp?

        func isConcerned(at time: Timestamp) -> Bool { until.map { time < $0 } ?? true }
    }

    private let rules: Rules
    private let persons: [Person]
    /// The persons by their identifiers.
    private let owners: [Identifier: [Int]]
    /// The suppressions by the hashes of events that do not say themselves whose they are.
    private let messages: [String: Set<String>]
    private let key: SuppressionKey?
    private let book: ControlBook?
    /// The traces of all persons: most records have none of anybody.
    private let traces: PersonTraces

    /// An eraser of everybody in some suppressions.
    ///
    /// - Parameters:
    ///   - key: By which events are known that do not say themselves whose they are.
    ///   - book: By which it is known of withdrawals of whom they are.
    public init(
        _ erasures: [ControlBook.Erasure],
        withdrawals: [String: Withdrawal] = [:],
        rules: Rules,
        key: SuppressionKey?,
        book: ControlBook? = nil
    ) {
        self.rules = rules
        self.book = book
        persons = erasures.map { erasure in
            let suppression = erasure.suppression
            return Person(
                id: suppression.id,
                traces: PersonTraces(
                    identifiers: suppression.identifiers,
                    profileIDs: suppression.profileIDs,
                    rules: rules
                ),
                until: withdrawals[suppression.id]?.word.time
            )
        }
        var owners: [Identifier: [Int]] = [:]
        var messages: [String: Set<String>] = [:]
        for (number, erasure) in erasures.enumerated() {
            for identifier in erasure.suppression.identifiers { owners[identifier, default: []].append(number) }
            for hash in erasure.forgotten?.messages ?? [] {
                messages[hash, default: []].insert(erasure.suppression.id)
            }
        }
        self.owners = owners
        self.messages = messages
        self.key = key
        traces = PersonTraces(
            identifiers: owners.keys,
            profileIDs: erasures.flatMap(\.suppression.profileIDs),
            rules: rules
        )
    }

    /// What is to be in the place of a record; `nil` if it stays as it is.
    public func replacement(of stored: StoredRecord) -> Replacement? {
        switch stored.partition.topic {
        case Topic.events: event(stored)
        case Topic.control: control(stored.record)
        case let topic: other(stored.record, topic)
        }
    }

    // MARK: - Events

    private func event(_ stored: StoredRecord) -> Replacement? {
        do throws(EnvelopeError) {
            let envelope = try EventEnvelope(decoding: stored.record.value)
            if let suppressions = suppressions(known: envelope) {
                return tombstone(Topic.events, stored.record, suppressions)
            }
            return event(envelope, stored.record)
        } catch .erased {
            return nil
        } catch {
            // What is no event may still hold what somebody sent as one.
            return other(stored.record, Topic.events)
        }
    }

    /// The suppressions whose person an event is, as the profile store knows.
    private func suppressions(known envelope: EventEnvelope) -> Set<String>? {
        guard !messages.isEmpty, let key else { return nil }
        return messages[key.hash(ofMessage: envelope.messageID, from: envelope.source)]
    }

    /// What the log is to have of an event.
    public func rest(of envelope: EventEnvelope) -> Recognition.Rest {
        suppressions(known: envelope) == nil ? judged(envelope).rest : .nothing
    }

    private func event(_ envelope: EventEnvelope, _ record: Record) -> Replacement? {
        let (rest, suppressions) = judged(envelope)
        switch rest {
        case .whole: return nil
        case .nothing: return tombstone(Topic.events, record, suppressions)
        case .part(let redacted):
            let value = redacted.header.encode(event: redacted.event.raw)
            return Replacement(record: Record(value: value, timestamp: record.timestamp), suppressions: suppressions)
        }
    }

    /// What is left of an event by its own terms, and for which suppressions the rest of it goes.
    private func judged(_ envelope: EventEnvelope) -> (rest: Recognition.Rest, suppressions: Set<String>) {
        let concerned: (Identifier) -> [Int] = { identifier in
            owners[identifier, default: []].filter { persons[$0].isConcerned(at: envelope.receivedAt) }
        }
        var found: Set<Int> = []
        let verdict = rules.verdict(on: envelope) { identifier in
            let owners = concerned(identifier)
            found.formUnion(owners)
            return !owners.isEmpty
        }
        let suppressions = Set(found.map { persons[$0].id })
        switch verdict {
        case .keep: return (.whole, [])
        case .drop: return (.nothing, suppressions)
        case .redact(let identifiers):
            let redacted = rules.redacted(envelope, of: identifiers)
            // What names nobody without the persons was theirs.
            let isTheirs = rules.facts(of: redacted).identifiers.isEmpty
            return (isTheirs ? .nothing : .part(redacted), suppressions)
        }
    }

    // MARK: - Other topics

    private func other(_ record: Record, _ topic: String) -> Replacement? {
        let suppressions = suppressions(toldOfBy: record)
        return suppressions.isEmpty ? nil : tombstone(topic, record, suppressions)
    }

    private func tombstone(_ topic: String, _ record: Record, _ suppressions: Set<String>) -> Replacement {
        Replacement(
            record: Record(value: Topic.tombstone(of: topic), timestamp: record.timestamp),
            suppressions: suppressions
        )
    }

    private func suppressions(toldOfBy record: Record) -> Set<String> {
        guard isTold(of: traces, by: record) else { return [] }
        let time = Timestamp(microseconds: record.timestamp)
        return Set(persons.filter { $0.isConcerned(at: time) && isTold(of: $0.traces, by: record) }.map(\.id))
    }

    private func isTold(of traces: PersonTraces, by record: Record) -> Bool {
        traces.areFound(in: record.value) || traces.areFound(in: String(decoding: record.key, as: UTF8.self))
            || record.headers.contains { traces.areFound(in: $0.value) }
    }

    // MARK: - Control

    private func control(_ record: Record) -> Replacement? {
        guard let decision = try? ControlRecord(decoding: record.value) else { return nil }
        switch decision {
        case .key, .keyRevoked, .forgotten, .erased: return nil
        case .audit(var entry):
            entry.subject = Word.erased
            return replacing(record, with: .audit(entry))
        case .decision(var decision):
            if [decision.left, decision.right].contains(where: { isTheirs($0, in: record) }) {
                return other(record, Topic.control)
            }
            return decision.word.strip(of: traces) ? replacing(record, with: .decision(decision)) : nil
        case .correction(var correction):
            let isTold = traces.areFound(in: Array(correction.value.utf8))
            if isTold || isTheirs(correction.identifier, in: record) { return other(record, Topic.control) }
            return correction.word.strip(of: traces) ? replacing(record, with: .correction(correction)) : nil
        case .suppression(var suppression):
            return suppression.word.strip(of: traces) ? replacing(record, with: .suppression(suppression)) : nil
        case .retirement(var retirement):
            return retirement.word.strip(of: traces) ? replacing(record, with: .retirement(retirement)) : nil
        case .withdrawal(let withdrawal): return replacement(of: withdrawal, in: record)
        }
    }

    private func replacement(of withdrawal: Withdrawal, in record: Record) -> Replacement? {
        var rest = withdrawal
        guard let suppressions = suppressions(of: withdrawal, in: record) else {
            return rest.word.strip(of: traces) ? replacing(record, with: .withdrawal(rest)) : nil
        }
        (rest.word.author, rest.word.reason) = (Word.erased, Word.erased)
        let value = ControlRecord.withdrawal(rest).record(at: Timestamp(microseconds: record.timestamp))
        return rest == withdrawal ? nil : Replacement(record: value, suppressions: suppressions)
    }

    /// The suppressions whose persons something was decided of that was taken back; `nil` if it was others.
    ///
    /// None, if what it was is gone from the log already: then it was of somebody who is forgotten.
    private func suppressions(of withdrawal: Withdrawal, in record: Record) -> Set<String>? {
        guard let names = book?.identifiers(withdrawnBy: withdrawal) else { return nil }
        let found = names.reduce(into: Set<String>()) { $0.formUnion(suppressions(of: $1, in: record)) }
        return names.isEmpty || !found.isEmpty ? found : nil
    }

    private func isTheirs(_ identifier: Identifier, in record: Record) -> Bool {
        !suppressions(of: identifier, in: record).isEmpty
    }

    /// The suppressions whose person has an identifier, or a mail address that is written as it is.
    private func suppressions(of identifier: Identifier, in record: Record) -> Set<String> {
        let time = Timestamp(microseconds: record.timestamp)
        let kinds = rules.namespaces.filter { $0.value.normalization == .email }.keys
        let names = ([identifier.namespace] + kinds).compactMap { rules.normalized($0, identifier.value) }
        let found = ([identifier] + names).flatMap { owners[$0, default: []] }
        return Set(found.filter { persons[$0].isConcerned(at: time) }.map { persons[$0].id })
    }

    private func replacing(_ record: Record, with decision: ControlRecord) -> Replacement? {
        let suppressions = suppressions(toldOfBy: record)
        guard !suppressions.isEmpty else { return nil }
        return Replacement(
            record: decision.record(at: Timestamp(microseconds: record.timestamp)),
            suppressions: suppressions
        )
    }
}
