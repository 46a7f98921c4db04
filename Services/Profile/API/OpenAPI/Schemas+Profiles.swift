extension Schemas {
    static let profiles: [(name: String, schema: String)] = [
        (
            "Profile",
            """
            {"type":"object","required":["id","revision","firstSeen","lastSeen","eventCount","sources","identifiers",
            "traits","formerIds"],"properties":{"id":{"$ref":"#/components/schemas/ProfileId"},
            "formerIds":{"type":"array","items":{"$ref":"#/components/schemas/ProfileId"},
            "description":"Ids under which it was known before; they still lead to it."},
            "revision":{"type":"integer","description":"Grows with every change."},
            "firstSeen":{"$ref":"#/components/schemas/Time"},"lastSeen":{"$ref":"#/components/schemas/Time"},
            "eventCount":{"type":"integer"},"sources":{"type":"array","items":{"type":"string"}},
            "identifiers":{"type":"array","items":{"$ref":"#/components/schemas/SeenIdentifier"}},
            "traits":{"$ref":"#/components/schemas/Traits"}}}
            """
        ),
        (
            "SeenIdentifier",
            """
            {"type":"object","required":["namespace","value","firstSeen","lastSeen","shared"],"properties":{
            "namespace":{"type":"string"},"value":{"type":"string"},
            "firstSeen":{"$ref":"#/components/schemas/Time"},"lastSeen":{"$ref":"#/components/schemas/Time"},
            "shared":{"type":"boolean","description":"Seen with too many people to join any two of them."}}}
            """
        ),
        (
            "Traits",
            """
            {"type":"object","description":"Name and value; when verbose, name and a VerboseTrait.",
            "additionalProperties":true}
            """
        ),
        (
            "VerboseTrait",
            """
            {"type":"object","required":["value","source","time","messageId","identifier"],"properties":{"value":{},
            "source":{"type":"string"},"time":{"$ref":"#/components/schemas/Time"},"messageId":{"type":"string"},
            "identifier":{"$ref":"#/components/schemas/Identifier"}}}
            """
        ),
        (
            "ProfileTraits",
            """
            {"type":"object","required":["id","revision","traits"],"properties":{
            "id":{"$ref":"#/components/schemas/ProfileId"},"revision":{"type":"integer"},
            "traits":{"$ref":"#/components/schemas/Traits"}}}
            """
        ),
        (
            "ProfileIdentifiers",
            """
            {"type":"object","required":["id","revision","identifiers"],"properties":{
            "id":{"$ref":"#/components/schemas/ProfileId"},"revision":{"type":"integer"},
            "identifiers":{"type":"array","items":{"$ref":"#/components/schemas/SeenIdentifier"}}}}
            """
        ),
        (
            "TimelineEvent",
            """
            {"type":"object","required":["type","source","time","identifier","position"],"properties":{
            "messageId":{"type":"string"},
            "type":{"type":"string","enum":["identify","track","page","screen","group","alias"]},
            "name":{"type":"string"},"source":{"type":"string"},"time":{"$ref":"#/components/schemas/Time"},
            "receivedAt":{"$ref":"#/components/schemas/Time"},
            "identifier":{"$ref":"#/components/schemas/Identifier"},
            "position":{"type":"string","description":"Where it stands on the log, as partition@offset."},
            "event":{"type":"object","description":"The event as it was sent."},
            "gone":{"type":"boolean","description":"The event itself is no longer kept."}}}
            """
        ),
        (
            "EventPage",
            """
            {"type":"object","required":["id","events"],"properties":{"id":{"$ref":"#/components/schemas/ProfileId"},
            "events":{"type":"array","items":{"$ref":"#/components/schemas/TimelineEvent"}},
            "cursor":{"$ref":"#/components/schemas/Cursor"}}}
            """
        ),
    ]
}
