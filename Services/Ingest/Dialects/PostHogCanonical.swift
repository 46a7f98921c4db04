import Events

/// A PostHog event in canonical form.
struct CanonicalEvent {
    var type: EventType
    var name: String?
    var orderingKey: String
    var bytes: [UInt8]
}

/// Whom a canonical event is about, and with which further members.
struct PostHogSubject {
    var type: EventType
    var name: String?
    var user: String?
    var anonymous: String?
    /// Members of text, such as `previousId`.
    var members: [(key: String, text: String)] = []
    /// The only identity there is: `context.externalIds`.
    var external: (type: String, id: String)?

    var orderingKey: String? { user ?? anonymous ?? external.map { "\($0.type):\($0.id)" } }
}

extension PostHogCall {
    /// Turns the event into the canonical form.
    mutating func canonical() throws(Refusal) -> CanonicalEvent {
        let subject = try subject()
        guard let orderingKey = subject.orderingKey else { throw reader.anonymousRefusal }
        return CanonicalEvent(
            type: subject.type,
            name: subject.name,
            orderingKey: orderingKey,
            bytes: write(subject)
        )
    }

    private mutating func subject() throws(Refusal) -> PostHogSubject {
        switch event {
        case "$identify": return try identify()
        case "$create_alias", "$merge_dangerously": return try alias()
        case "$groupidentify": return try group()
        case "$set", "$unset", "$set_once": return about(.identify)
        case "$pageview": return about(.page, name: title("title"))
        case "$screen": return about(.screen, name: title("$screen_name"))
        case "$snapshot", "$snapshot_items", "$performance_event":
            throw Refusal(.unsupported, "Recordings of sessions are not kept.")
        default: return about(.track, name: event)
        }
    }

    /// What a page or screen is called; nothing if that is too long for a name: it stands among the properties in any case.
    private func title(_ key: String) -> String? {
        guard let title = properties?[key]?.string else { return nil }
        return (1...reader.delivery.limits.nameBytes).contains(title.utf8.count) ? title : nil
    }

    /// An event about the one id it has.
    private func about(_ type: EventType, name: String? = nil) -> PostHogSubject {
        guard let distinctID else { return PostHogSubject(type: type, name: name) }
        let flag = properties?["$process_person_profile"] ?? reader.item["options"]?["process_person_profile"]
        switch PostHogIdentity(of: distinctID, properties: properties, processesProfile: flag?.bool) {
        case .user: return PostHogSubject(type: type, name: name, user: distinctID)
        case .anonymous: return PostHogSubject(type: type, name: name, anonymous: distinctID)
        }
    }

    private mutating func identify() throws(Refusal) -> PostHogSubject {
        let anonymous = try reader.identifier(properties?["$anon_distinct_id"], named: "$anon_distinct_id")
        return PostHogSubject(type: .identify, user: distinctID, anonymous: anonymous == distinctID ? nil : anonymous)
    }

    private mutating func alias() throws(Refusal) -> PostHogSubject {
        let other = try reader.identifier(properties?["alias"], named: "alias")
        guard let distinctID, let other else {
            throw Refusal(.missingAlias, "An alias call needs a distinct_id and, in its properties, an alias.")
        }
        let alias = PostHogAlias(
            distinctID: distinctID,
            alias: other,
            library: properties?["$lib"]?.string ?? reader.delivery.library
        )
        return PostHogSubject(type: .alias, user: alias.user, members: [("previousId", alias.previous)])
    }

    /// An event that only says what a group is like has an id that some library made up, a UUID or `$company_acme`.
    ///
    /// That is no person, so the event is the group's own. PostHog does not take it for a membership either.
    private mutating func group() throws(Refusal) -> PostHogSubject {
        let type = properties?["$group_type"]?.string ?? "group"
        guard let key = try reader.identifier(properties?["$group_key"], named: "$group_key") else {
            throw Refusal(.missingGroup, "A group call needs a $group_key.")
        }
        var subject = about(.group)
        if distinctID.map({ $0 == "$\(type)_\(key)" || PostHogIdentity.looksGenerated($0) }) ?? true {
            subject = PostHogSubject(type: .group, external: ("group", "\(type):\(key)"))
        }
        subject.members = [("groupId", key), ("groupType", type)]
        return subject
    }
}
