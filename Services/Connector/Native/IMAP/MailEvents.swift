import ConnectorKit
import Curl
import Events

/// What a message between people says: one event for each of them, in which nobody else is an identifier.
enum MailEvents {
    /// The header fields that are fetched.
    static let fields = [
        "Message-ID", "Date", "From", "Sender", "To", "Cc", "Bcc", "Subject", "In-Reply-To", "References",
    ]

    /// Somebody in a message, in the first of the roles that they have in it.
    struct Person: Equatable {
        var role: Role
        var address: MailAddress
    }

    /// The fields that name people, the most telling first.
    enum Role: String, CaseIterable {
        case from
        case to
        case cc
        case bcc

        var event: String { self == .from ? "Email Sent" : "Email Received" }
    }

    static func events(of message: IMAPMessage, ignoring ignored: Set<String>) -> [SourceEvent] {
        let header = MailHeader(message.header)
        let facts = Facts(header, message)
        return people(in: header).filter { !ignored.contains($0.address.address.lowercased()) }.map { person in
            event(for: person, facts)
        }
    }

    /// Everybody, once each.
    static func people(in header: MailHeader) -> [Person] {
        var known: Set<String> = []
        return Role.allCases.flatMap { role in
            header.addresses(role.rawValue).filter { known.insert($0.address.lowercased()).inserted }.map {
                Person(role: role, address: $0)
            }
        }
    }

    /// What all of a message's events have in common.
    private struct Facts {
        /// Each recipient's event lists the others: all of them would make it grow with their square.
        private static let listed = 50
        /// A text of a header may be as long as the whole of it.
        private static let longest = 1000

        let id: String
        let time: Timestamp
        /// As the message itself has it.
        let ownTime: Timestamp?
        let properties: [(String, JSONValue)]

        init(_ header: MailHeader, _ message: IMAPMessage) {
            let messageID = header.messageIDs("message-id").first
            id = messageID ?? EventDraft.id(of: [String(decoding: message.header, as: UTF8.self)])
            let sent = header.raw("date").flatMap { MailDate.parse($0) }
            let arrived = message.receivedAt.flatMap { MailDate.parse($0) }
            time = Facts.time(sent: sent, arrived: arrived)
            ownTime = sent ?? arrived
            let references = header.messageIDs("references")
            let parents = header.messageIDs("in-reply-to")
            let texts: [(String, String?)] = [
                ("subject", header.text("subject")), ("messageId", messageID), ("inReplyTo", parents.first),
                ("threadId", references.first ?? parents.first ?? id),
            ]
            var properties: [(String, JSONValue)] = []
            for case (let name, let text?) in texts {
                properties.append((name, .string(text.withoutNUL.cut(to: Facts.longest))))
            }
            for role in Role.allCases {
                let list = header.addresses(role.rawValue).prefix(Facts.listed).map { address in
                    JSONValue.string(address.address.withoutNUL.cut(to: Facts.longest))
                }
                if !list.isEmpty { properties.append((role.rawValue, .array(list))) }
            }
            self.properties = properties
        }

        /// The sender's date, unless it is missing or more than a day after the message arrived.
        private static func time(sent: Timestamp?, arrived: Timestamp?) -> Timestamp {
            guard let arrived else { return sent ?? Timestamp(microseconds: 0) }
            guard let sent, sent.microseconds < arrived.microseconds + 86_400_000_000 else { return arrived }
            return sent
        }
    }

    private static func event(for person: Person, _ facts: Facts) -> SourceEvent {
        let address = person.address.address.withoutNUL
        var draft = EventDraft(type: .track)
        draft.field("event", person.role.event)
        draft.object("properties", facts.properties + [("role", .string(person.role.rawValue))])
        draft.context(identifiers: [("email", .string(address))], traits: traits(of: person.address))
        draft.field("timestamp", facts.time.description)
        return draft.event(
            messageID: EventDraft.id(of: ["mail", facts.id, address.lowercased()]),
            name: person.role.event,
            timestamp: facts.time,
            originalTimestamp: facts.ownTime
        )
    }

    /// The name, unless it only repeats the address.
    private static func traits(of address: MailAddress) -> [(String, JSONValue)] {
        guard let name = address.name, !name.contains("@") else { return [] }
        return [("name", .string(name.withoutNUL))]
    }
}

extension String {
    fileprivate var withoutNUL: String {
        contains("\0") ? String(unicodeScalars.filter { $0 != "\0" }.map { Character($0) }) : self
    }
}
