import ConnectorKit
import Events
import MessageLog
import Topics

/// What is published when a delivery has ended: an event in the person's timeline, and a dead letter when it failed.
enum OutcomeRecords {
    private static let longest = 1 << 20

    static func delivered(
        _ delivery: Delivery,
        detail: String,
        links: [Identifier] = [],
        at now: Timestamp
    ) -> [OutboxRecord] {
        let sent = event("Message Sent", of: delivery, ("detail", detail), at: now)
        return links.isEmpty ? [sent] : [sent, link(delivery, to: links, at: now)]
    }

    /// Says that the command's person is who the outside system knows by these identifiers.
    private static func link(_ delivery: Delivery, to links: [Identifier], at now: Timestamp) -> OutboxRecord {
        let command = delivery.command
        var draft = EventDraft(type: .identify)
        let all = [command.identifier] + links
        draft.context(identifiers: all.map { ($0.namespace, .string($0.value)) }, traits: [])
        draft.field("timestamp", now.description)
        let id = EventDraft.id(of: ["link", command.id] + links.map(\.description))
        let event = draft.event(messageID: id, name: nil, timestamp: now, originalTimestamp: nil)
        return record(of: event, for: command, at: now)
    }

    static func failed(_ delivery: Delivery, code: String, reason: String, at now: Timestamp) -> [OutboxRecord] {
        let command = delivery.command
        let payload = command.encoded
        let letter = DeadLetter(
            service: "connector",
            code: code,
            reason: reason,
            origin: command.destination,
            messageID: command.id,
            // What is cut cannot be replayed.
            replayTopic: payload.count <= longest ? Topic.commands : nil,
            time: now,
            payload: String(decoding: payload.prefix(longest), as: UTF8.self),
            trace: command.trace
        )
        return [
            OutboxRecord(topic: Topic.deadLetters, record: letter.record(at: now)),
            event("Message Failed", of: delivery, ("reason", reason), at: now),
        ]
    }

    private static func event(
        _ name: String,
        of delivery: Delivery,
        _ detail: (String, String),
        at now: Timestamp
    ) -> OutboxRecord {
        let command = delivery.command
        var draft = EventDraft(type: .track)
        draft.field("event", name)
        var properties: [(String, JSONValue)] = [
            ("commandId", .string(command.id)), ("destination", .string(command.destination)),
            ("rule", .string(command.rule)), ("causedBy", .string(command.causedBy)),
            ("attempts", .number(JSONNumber(delivery.attempt))), (detail.0, .string(detail.1)),
        ]
        if !command.earlierRules.isEmpty {
            properties.append(("earlierRules", .array(command.earlierRules.map(JSONValue.string))))
        }
        draft.object("properties", properties)
        let identifier = command.identifier
        draft.context(identifiers: [(identifier.namespace, .string(identifier.value))], traits: [])
        draft.field("timestamp", now.description)
        // A replayed command ends a second time, after further attempts.
        let id = EventDraft.id(of: ["outcome", command.id, String(delivery.attempt)])
        let event = draft.event(messageID: id, name: name, timestamp: now, originalTimestamp: nil)
        return record(of: event, for: command, at: now)
    }

    private static func record(of event: SourceEvent, for command: Command, at now: Timestamp) -> OutboxRecord {
        let header = EventHeader(
            source: command.destination,
            messageID: event.messageID,
            type: event.type,
            name: event.name,
            timestamp: now,
            receivedAt: now
        )
        let record = Record(
            key: Array(command.identifier.description.utf8),
            value: header.encode(event: event.body),
            timestamp: now.microseconds
        )
        return OutboxRecord(topic: Topic.events, record: record)
    }
}
