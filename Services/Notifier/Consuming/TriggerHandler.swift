import Events
import Identity
import MessageLog
import Topics

/// Makes the message that a trigger asks for.
///
/// What is certain to fail goes to the dead letters; what may succeed later, because `profile` does not answer, is waited for.
struct TriggerHandler: Sendable {
    let profiles: any ProfileReading
    let log: any MessageLog
    let patience: Patience
    /// What the namespaces mean.
    var rules: @Sendable () -> Rules = { Rules() }

    /// The outcome, which may take as long as `profile` does; throws only when the task is cancelled or the log fails.
    func outcome(
        of trigger: Trigger,
        from record: StoredRecord,
        at now: @Sendable () -> Timestamp
    ) async throws -> Outcome {
        func dead(_ code: String, _ reason: String, canReplay: Bool = true) -> Outcome {
            .deadLetter(
                DeadLetter(trigger, from: record, code: code, reason: reason, canReplay: canReplay, time: now())
            )
        }
        let envelope = try await event(of: trigger)
        // Before anything else: that there is no profile would be no news, and must not be kept.
        if case .erased = envelope { return .nothing }
        let lineage = envelope.lineage
        guard trigger.answers(lineage) else { return .nothing }
        let profile: JSONView
        let (answer, addressee) = try await person(of: trigger)
        switch answer {
        case .found(let found): profile = found
        case .tooLarge: return dead("profile_too_large", "The profile has more in it than a message can be made of.")
        case .notFound, .unavailable:
            return dead("profile_not_found", "There is no profile with the identifier that the event is anchored to.")
        }
        guard case .found(let envelope, let trace) = envelope else {
            return dead("event_gone", "The event is no longer on the log.", canReplay: false)
        }
        // Checked last: waiting for the profile may have taken that long.
        let time = now()
        guard time <= trigger.notAfter else {
            return dead("expired", "The message would have come too late.", canReplay: false)
        }
        do throws(RenderingError) {
            let scope = MessageScope(trigger: trigger, profile: profile, envelope: envelope, rules: rules())
            let payload = try trigger.rule.message.render(scope)
            return .command(Command(trigger, for: addressee, after: lineage, payload: payload, at: time, trace))
        } catch {
            return dead(error.code, error.description)
        }
    }

    /// How often to ask again for a profile that is not found; the pauses are 1.5 seconds together.
    private static let looks = 4

    /// What `profile` answers once it does.
    ///
    /// After a rebuild the member that is asked may read the former store for up to a second, and not know who came since.
    private func profileAnswer(named reference: String) async throws -> ProfileAnswer {
        var (attempt, looks) = (0, 0)
        while true {
            let answer = await profiles.profile(named: reference)
            switch answer {
            case .unavailable(let reason):
                attempt += 1
                try await patience.wait(attempt: attempt, because: reason)
            case .notFound where looks < Self.looks:
                looks += 1
                try await patience.wait(attempt: looks, because: "The profile was not found.")
            case .found, .notFound, .tooLarge: return answer
            }
        }
    }

    /// The profile that the event belongs to, and as whom the person is written to.
    ///
    /// Of a device that several people used, it is the one of whose turn it was. What comes of the message is told later, when it
    /// may be another one's turn, also where nobody else has used the device yet: so it is not sent to a device, but to something
    /// else of the person.
    private func person(of trigger: Trigger) async throws -> (answer: ProfileAnswer, addressee: Identifier) {
        let anchor = trigger.event.anchor
        let answer = try await profileAnswer(named: anchor.description)
        guard case .found(let profile) = answer else { return (answer, anchor) }
        guard profile.has(anchor, isShared: true), profile["id"]?.string != trigger.profileID else {
            return (answer, addressee(in: profile, anchor))
        }
        switch try await profileAnswer(named: trigger.profileID) {
        case .found(let person) where person.has(anchor, isShared: false):
            return (.found(person), addressee(in: person, anchor))
        case .tooLarge: return (.tooLarge, anchor)
        default: return (answer, anchor)
        }
    }

    private func addressee(in person: JSONView, _ anchor: Identifier) -> Identifier {
        let rules = self.rules()
        guard rules[anchor.namespace].isDevice, person.has(anchor, isShared: false) else { return anchor }
        return person.identifier { !rules[$0].isDevice } ?? anchor
    }

    private enum EventReading {
        case found(EventEnvelope, TraceContext?)
        case gone
        case erased
        /// Not shown yet.
        case ahead

        /// The rules that the event goes back to.
        var lineage: [String] {
            if case .found(let envelope, _) = self { Lineage(of: envelope.event).rules } else { [] }
        }
    }

    /// The event that the trigger is about.
    ///
    /// `profile` has read it, so it is on the log; but after a power cut it is shown only once its lane's owner is back, and a server
    /// that was just started may not know of the partition yet.
    private func event(of trigger: Trigger) async throws -> EventReading {
        let partition = Partition(topic: Topic.events, name: trigger.event.partition)
        let reading = try await reading(at: trigger.event.offset, of: partition)
        guard case .ahead = reading else { return reading }
        let next = trigger.event.offset + 1
        _ = try await log.partitions(of: Topic.events, reaching: [partition: next], patience: .seconds(300))
        return try await self.reading(at: trigger.event.offset, of: partition)
    }

    private func reading(at offset: Offset, of partition: Partition) async throws -> EventReading {
        do throws(MessageLogError) {
            let records = try await log.read(partition, from: offset, maxRecords: 1, maxBytes: 1)
            return records.first.map { reading(of: $0.record) } ?? .ahead
        } catch {
            switch error {
            case .offsetGone: return .gone
            case .offsetAhead, .noSuchPartition: return .ahead
            default: throw error
            }
        }
    }

    private func reading(of record: Record) -> EventReading {
        do throws(EnvelopeError) {
            return .found(try EventEnvelope(decoding: record.value), record.trace)
        } catch {
            return error == .erased ? .erased : .gone
        }
    }
}

extension JSONView {
    /// Whether a profile has the identifier, as its own or as one that is several people's.
    fileprivate func has(_ identifier: Identifier, isShared: Bool) -> Bool {
        identifiers(areShared: isShared).contains(identifier)
    }

    /// The identifier of a profile that says most of who it is, of some namespaces.
    fileprivate func identifier(of isRight: (_ namespace: String) -> Bool) -> Identifier? {
        let others = identifiers(areShared: false).filter { isRight($0.namespace) }
        let preferred = ["user", "email"].lazy.compactMap { name in others.first { $0.namespace == name } }.first
        return preferred ?? others.first
    }

    private func identifiers(areShared: Bool) -> [Identifier] {
        (self["identifiers"].map { Array($0.elements) } ?? []).compactMap { known in
            guard let namespace = known["namespace"]?.string, let value = known["value"]?.string,
                known["shared"]?.bool == areShared
            else { return nil }
            return Identifier(namespace, value)
        }
    }
}

extension Command {
    fileprivate init(
        _ trigger: Trigger,
        for addressee: Identifier,
        after rules: [String],
        payload: JSONValue,
        at now: Timestamp,
        _ trace: TraceContext?
    ) {
        self.init(
            id: trigger.key.description,
            destination: trigger.rule.destination,
            rule: trigger.rule.name,
            earlierRules: rules,
            identifier: addressee,
            causedBy: trigger.event.messageID,
            payload: payload,
            createdAt: now,
            notAfter: trigger.notAfter,
            trace: trace?.child()
        )
    }
}

extension DeadLetter {
    /// A trigger that led to nothing; a replay puts its event, alone, on `changes` again.
    init(
        _ trigger: Trigger,
        from record: StoredRecord,
        code: String,
        reason: String,
        canReplay: Bool,
        time: Timestamp
    ) {
        var change = Change(
            profileID: trigger.profileID,
            revision: 0,
            kind: .updated,
            formerIDs: [],
            events: [trigger.event],
            time: time
        )
        if trigger.rule.trigger == .firstSeen { change.kind = .created }
        self.init(
            service: "notifier",
            code: code,
            reason: reason,
            origin: trigger.rule.name,
            messageID: trigger.event.messageID,
            position: "\(record.partition)@\(record.offset)",
            replayTopic: canReplay ? Topic.changes : nil,
            time: time,
            payload: String(decoding: change.encoded, as: UTF8.self)
        )
    }
}
