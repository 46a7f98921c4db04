import Events
import Identity
import MessageLog
import ServiceKit
import Topics

/// What of the topics `commands` and `dead-letters` is held on a person: it is found as it is when the person is forgotten.
///
/// What is not certainly the person's own, such as a message to somebody else in which the person is named, is told of without what
/// is in it.
struct PersonRecords: Sendable {
    private let identifiers: Set<Identifier>
    private let profileIDs: Set<String>
    private let rules: Rules
    private let traces: PersonTraces

    init(identifiers: [Identifier], profileIDs: [String], rules: Rules) {
        self.identifiers = Set(identifiers)
        self.profileIDs = Set(profileIDs)
        self.rules = rules
        traces = PersonTraces(identifiers: identifiers, profileIDs: profileIDs, rules: rules)
    }

    private func isTold(by record: Record) -> Bool {
        traces.areFound(in: record.value) || traces.areFound(in: String(decoding: record.key, as: UTF8.self))
    }

    private func isOwn(_ identifier: Identifier) -> Bool {
        rules.normalized(identifier).map(identifiers.contains) ?? false
    }

    // MARK: - Commands

    /// Writes a record of `commands` that tells of the person; nothing of another.
    func writeCommand(_ stored: StoredRecord, to writer: inout JSONWriter) {
        guard isTold(by: stored.record), let command = try? Command(decoding: stored.record.value) else { return }
        if isOwn(command.identifier) { return command.write(to: &writer) }
        writer.beginObject()
        writer.field("destination", command.destination)
        writer.field("rule", command.rule)
        writer.field("createdAt", command.createdAt)
        writer.field("withheld", true)
        writer.endObject()
    }

    // MARK: - Dead letters

    /// Writes a record of `dead-letters` that tells of the person; nothing of another.
    ///
    /// - Parameter replayed: When it was replayed, if it was.
    func writeDeadLetter(_ stored: StoredRecord, replayed: (RecordPlace) -> Timestamp?, to writer: inout JSONWriter) {
        guard isTold(by: stored.record), let letter = try? DeadLetter(decoding: stored.record.value) else { return }
        let place = RecordPlace(lane: stored.partition.name, offset: stored.offset)
        if isOwn(letter) {
            return letter.write(to: &writer, place: place, replayed: replayed(place), withPayload: true)
        }
        writer.beginObject()
        writer.field("id", place.description)
        writer.field("service", letter.service)
        writer.field("code", letter.code)
        writer.field("time", letter.time)
        writer.field("withheld", true)
        writer.endObject()
    }

    /// Whether what was given up is the person's: a command for the person, a change of the person's profile, or an event.
    private func isOwn(_ letter: DeadLetter) -> Bool {
        let payload = Array(letter.payload.utf8)
        if let command = try? Command(decoding: payload) { return isOwn(command.identifier) }
        if let change = try? Change(decoding: payload) { return profileIDs.contains(change.profileID) }
        return letter.event.map { rules.verdict(on: $0, suppressed: identifiers.contains) == .drop } ?? false
    }
}
