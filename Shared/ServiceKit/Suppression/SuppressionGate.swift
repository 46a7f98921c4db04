import Events
public import Identity
public import MessageLog
public import Topics

/// Lets nothing of persons who are to be forgotten onto the log, also when the identity rules are others by now.
public struct SuppressionGate: Sendable {
    /// What becomes of records on their way to the log.
    public struct Sifted: Sendable {
        /// Those that may go there.
        public var records: [Record]
        /// Those that may not.
        public var dropped: [Record] = []
    }

    private let control: ControlFollower
    private let rules: @Sendable () -> Rules

    /// A gate that asks for the identity rules once somebody is suppressed.
    public init(control: ControlFollower, rules: @escaping @Sendable () -> Rules) {
        self.control = control
        self.rules = rules
    }

    /// Whether nobody is suppressed, so that everything may pass; costs next to nothing.
    public var isOpen: Bool { !control.hasSuppressions }

    /// What of some records may go to a topic.
    ///
    /// - Of `events`, not those of suppressed persons, or that name nobody else; those of others without the person's identifiers.
    /// - Of `commands`, not those that are for suppressed persons.
    /// - Of `dead-letters`, not those of such an event, change or command, nor those that have a suppressed mail address.
    ///
    /// Waits until all is known that was decided before this process has started.
    public func sifted(_ records: [Record], to topic: String) async -> Sifted {
        guard !isOpen else { return Sifted(records: records) }
        await control.isKnown()
        guard !isOpen else { return Sifted(records: records) }
        let judge = Judge(control: control, rules: rules())
        var sifted = Sifted(records: [])
        for record in records {
            if let record = judge.passed(record, to: topic) {
                sifted.records.append(record)
            } else {
                sifted.dropped.append(record)
            }
        }
        return sifted
    }

    /// Whether a command is for a suppressed person; waits as ``sifted(_:to:)`` does.
    public func isSuppressed(_ command: Command) async -> Bool {
        guard !isOpen else { return false }
        await control.isKnown()
        return !isOpen && Judge(control: control, rules: rules()).isSuppressed(command)
    }
}

/// Judges records by who is suppressed now.
private struct Judge {
    private let rules: Rules
    private let people: KnownPeople

    init(control: ControlFollower, rules: Rules) {
        self.rules = rules
        people = control.suppressed(by: rules)
    }

    /// What may go to the topic; `nil` if nothing may.
    func passed(_ record: Record, to topic: String) -> Record? {
        switch topic {
        case Topic.events: return event(record)
        case Topic.commands:
            guard let command = try? Command(decoding: record.value) else { return record }
            return isSuppressed(command) ? nil : record
        case Topic.deadLetters:
            guard let letter = try? DeadLetter(decoding: record.value) else { return record }
            return isSuppressed(letter) ? nil : record
        default: return record
        }
    }

    private func event(_ record: Record) -> Record? {
        guard let envelope = try? EventEnvelope(decoding: record.value) else { return record }
        switch people.rest(of: envelope) {
        case .whole: return record
        case .nothing: return nil
        case .part(let redacted):
            // What names nobody without the person was theirs.
            guard let strongest = rules.facts(of: redacted).identifiers.first else { return nil }
            // The key may be one of the identifiers, in whatever form.
            return Record(
                key: Array(strongest.description.utf8),
                value: redacted.header.encode(event: redacted.event.raw),
                headers: record.headers,
                timestamp: record.timestamp
            )
        }
    }

    /// Whether it is for a suppressed person, or goes to their mail address.
    func isSuppressed(_ command: Command) -> Bool {
        if people.have(command.identifier) { return true }
        guard case .string(let to) = command.payload["to"] else { return false }
        return hasSuppressedAddress(to)
    }

    private func isSuppressed(_ letter: DeadLetter) -> Bool {
        let payload = Array(letter.payload.utf8)
        if let command = try? Command(decoding: payload), isSuppressed(command) { return true }
        if let change = try? Change(decoding: payload), change.events.contains(where: { people.have($0.anchor) }) {
            return true
        }
        if let event = letter.event, !people.rest(of: event).isWhole { return true }
        return hasSuppressedAddress(letter.payload) || hasSuppressedAddress(letter.reason)
    }

    private func isSuppressed(_ value: String, in namespace: String) -> Bool { people.have(value, in: namespace) }

    private func hasSuppressedAddress(_ text: String) -> Bool {
        // By bytes first: to go by characters takes many times longer, and few words are addresses.
        text.utf8.split { !Self.mayBeOfAddress($0) }.contains { part in
            guard part.contains(UInt8(ascii: "@")) else { return false }
            let part = Substring(part)
            if part.utf8.allSatisfy({ $0 < 0x80 }) { return isSuppressed(String(part), in: Namespace.email) }
            return part.split { !Self.mayBeOfAddress($0) }.contains { word in
                word.utf8.contains(UInt8(ascii: "@")) && isSuppressed(String(word), in: Namespace.email)
            }
        }
    }

    private static func mayBeOfAddress(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...:
            true
        default: "@._-+%".utf8.contains(byte)
        }
    }

    private static func mayBeOfAddress(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "@._-+%".contains(character)
    }
}
