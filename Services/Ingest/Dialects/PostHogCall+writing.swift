import Events

extension PostHogCall {
    /// The canonical event's bytes.
    func write(_ subject: PostHogSubject) -> [UInt8] {
        JSONWriter.object(capacity: reader.item.raw.count + 512) { writer in
            writer.field("type", subject.type.rawValue)
            if let user = subject.user { writer.field("userId", user) }
            if let anonymous = subject.anonymous { writer.field("anonymousId", anonymous) }
            for member in subject.members { writer.field(member.key, member.text) }
            if subject.type == .track { writer.field("event", event) }
            if subject.type == .page || subject.type == .screen, let name = subject.name { writer.field("name", name) }
            writer.field("messageId", messageID)
            if let original = times.original { writer.field("timestamp", original) }
            writeTraits(of: subject, to: &writer)
            writeProperties(of: subject, to: &writer)
            writer.object("context") { writeContext(of: subject, to: &$0) }
        }
    }

    private func writeTraits(of subject: PostHogSubject, to writer: inout JSONWriter) {
        if subject.type == .identify, !person.isEmpty {
            writer.object("traits", person.writeTraits)
        } else if subject.type == .group, let set = properties?["$group_set"], set.kind == .object {
            writer.field("traits", set)
        }
    }

    private func writeProperties(of subject: PostHogSubject, to writer: inout JSONWriter) {
        guard let properties else { return }
        var splice = Splice()
        // The browser library puts the key among the properties.
        splice.removeKeys(of: properties, isKey: reader.delivery.isKey)
        if subject.type == .page {
            for (key, own) in Self.pageProperties where properties[key] == nil {
                if let value = properties[own] { splice.set(key, of: properties, to: value.raw) }
            }
        }
        writer.key("properties")
        writer.raw(splice.applied(to: properties))
    }

    private func writeContext(of subject: PostHogSubject, to writer: inout JSONWriter) {
        if let external = subject.external {
            writer.objects("externalIds", of: [external]) { external, writer in
                writer.field("id", external.id)
                writer.field("type", external.type)
            }
        }
        if subject.type != .identify, subject.type != .group, !person.isEmpty {
            writer.object("traits", person.writeTraits)
        }
        writeRest(of: subject, to: &writer)
        for part in Self.contextParts { write(part.name, part.members, to: &writer) }
        for (key, own) in Self.contextTexts {
            if let text = properties?[own]?.string { writer.field(key, text) }
        }
    }

    /// What has no place in the canonical form.
    private func writeRest(of subject: PostHogSubject, to writer: inout JSONWriter) {
        let lists = [("setOnce", person.onceNames), ("unset", person.unsetNames)].filter { !$0.1.isEmpty }
        let fields = reader.item.members.filter { !Self.known.contains($0.key) && !$0.value.saysNothing }
        guard subject.type != .track || !lists.isEmpty || !fields.isEmpty else { return }
        writer.object("posthog") { writer in
            if subject.type != .track { writer.field("event", event) }
            for (key, names) in lists { writer.array(key, of: names) }
            guard !fields.isEmpty else { return }
            writer.object("fields") { writer in
                for (key, value) in fields { writer.field(key, value) }
            }
        }
    }

    private func write(_ name: String, _ members: [(String, String)], to writer: inout JSONWriter) {
        let present = members.compactMap { key, own in properties?[own]?.string.map { (key, $0) } }
        guard !present.isEmpty else { return }
        writer.object(name) { writer in
            for (key, text) in present { writer.field(key, text) }
        }
    }

    /// The members that are read, and those that carry the key.
    private static let known = Set(
        KeyNames.body + [
            "event", "distinct_id", "$distinct_id", "properties", "uuid", "timestamp", "offset", "$set", "$set_once",
            "$unset", "type", "sent_at", "sentAt",
        ]
    )

    private static let pageProperties = [("url", "$current_url"), ("path", "$pathname"), ("referrer", "$referrer")]

    private static let contextParts: [(name: String, members: [(String, String)])] = [
        ("library", [("name", "$lib"), ("version", "$lib_version")]),
        ("page", [("url", "$current_url"), ("path", "$pathname"), ("referrer", "$referrer"), ("title", "title")]),
        ("os", [("name", "$os"), ("version", "$os_version")]),
        ("app", [("name", "$app_name"), ("version", "$app_version"), ("build", "$app_build")]),
        (
            "campaign",
            [
                ("source", "utm_source"), ("medium", "utm_medium"), ("name", "utm_campaign"), ("term", "utm_term"),
                ("content", "utm_content"),
            ]
        ),
    ]

    private static let contextTexts = [
        ("ip", "$ip"), ("userAgent", "$raw_user_agent"), ("timezone", "$timezone"), ("locale", "$browser_language"),
    ]
}

extension JSONView {
    /// Whether the value is null or an empty container.
    fileprivate var saysNothing: Bool {
        isNull || (kind == .object || kind == .array) && count == 0
    }
}
