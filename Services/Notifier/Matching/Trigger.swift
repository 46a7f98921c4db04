import Events
import ServiceKit
import Topics

/// A rule that an event has set off, for one person.
struct Trigger: Sendable, Equatable {
    var rule: Rule
    var event: Change.Event
    var profileID: String

    /// What is done once: the same rule, identifier and event never give two messages.
    ///
    /// The profile's id is no part of it: it changes when profiles are merged or split.
    var key: OnceKey {
        OnceKey(rule: rule.name, identifier: event.anchor, messageID: event.messageID, source: event.source)
    }

    /// When the message is of no more use.
    var notAfter: Timestamp { event.time.advanced(by: rule.notAfter) }

    /// Whether it has a message although the event goes back to these rules; without any it is no outcome of a message.
    ///
    /// No message answers what has become of it. And nobody is new who was sent one, although a store that was put back may read the
    /// outcome before the event that led to it.
    func answers(_ lineage: [String]) -> Bool {
        switch rule.trigger {
        case .event: !lineage.contains(rule.name)
        case .firstSeen: lineage.isEmpty
        }
    }
}

extension RuleBook {
    /// The rules that a change sets off, in the order of its events; what is historical sets off nothing.
    func triggers(of change: Change) -> [Trigger] {
        guard !change.historical else { return [] }
        return change.events.enumerated().filter { !$1.historical }.flatMap { index, event in
            rules.filter { rule in
                switch rule.trigger {
                case .event(let name): event.type == .track && event.name == name
                // Of a person who is new only the first event can be the first, whichever others are told together with it.
                case .firstSeen: change.kind == .created && index == 0
                }
            }.map { Trigger(rule: $0, event: event, profileID: change.profileID) }
        }
    }
}
