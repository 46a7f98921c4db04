extension Schemas {
    static let rebuild: [(name: String, schema: String)] = [
        (
            "NewRebuild",
            """
            {"type":"object","additionalProperties":false,"properties":{
            "rules":{"type":["string","null"],"description":"The identity rules as YAML; those of the service's file when absent."},
            "file":{"type":["string","null"],"description":"What to call them when something is wrong with them."},
            "dryRun":{"type":["boolean","null"],"description":"Only report what would change."},
            "despiteRetention":{"type":["boolean","null"],
            "description":"Rebuild also if the log no longer has all events, or retention removes some before they are read; what they said is forgotten then."}}}
            """
        ),
        (
            "Rebuild",
            """
            {"type":"object","required":["state"],"properties":{
            "state":{"type":"string","enum":["none","running","done","failed","aborted"]},
            "dryRun":{"type":"boolean"},"startedAt":{"$ref":"#/components/schemas/Time"},
            "finishedAt":{"$ref":"#/components/schemas/Time"},
            "phase":{"type":"string","enum":["reading","comparing","switching"]},
            "progress":{"type":"object","required":["done","total"],
            "description":"Events while reading, profiles while comparing.",
            "properties":{"done":{"type":"integer"},"total":{"type":"integer"}}},
            "problem":{"type":"string"},"report":{"$ref":"#/components/schemas/RebuildReport"}}}
            """
        ),
        (
            "RebuildReport",
            """
            {"type":"object","required":["before","after","unchanged","merged","split","renamed","identifiersChanged",
            "traitsChanged","eventsChanged","created","removed","refusedRecords","missingRecords","examples"],"properties":{
            "before":{"type":"integer","description":"Profiles there were."},
            "after":{"type":"integer","description":"Profiles there are."},
            "unchanged":{"type":"integer","description":"With the id, identifiers, traits and events that they had."},
            "merged":{"type":"integer","description":"Made of several old ones."},
            "split":{"type":"integer","description":"Old ones that are several now."},
            "renamed":{"type":"integer","description":"With another id."},
            "identifiersChanged":{"type":"integer"},"traitsChanged":{"type":"integer"},
            "eventsChanged":{"type":"integer","description":"With more or fewer events, or last seen at another time."},
            "created":{"type":"integer","description":"Made of no old one."},
            "removed":{"type":"integer","description":"Old ones of which nothing is left."},
            "refusedRecords":{"type":"integer","description":"Records that are no events by these rules."},
            "missingRecords":{"type":"integer","description":"Records that the log no longer has."},
            "examples":{"type":"object","description":"By the names of the counts, up to ten of each; for an hour, and until somebody is forgotten.",
            "additionalProperties":{"type":"array","items":{"type":"object","required":["before","after"],"properties":{
            "before":{"type":"array","items":{"$ref":"#/components/schemas/RebuildPerson"}},
            "after":{"type":"array","items":{"$ref":"#/components/schemas/RebuildPerson"}},
            "traits":{"type":"array","items":{"type":"string"},"description":"The names of those that differ."}}}}}}}
            """
        ),
        (
            "RebuildPerson",
            """
            {"type":"object","required":["id","identifiers","eventCount"],"properties":{
            "id":{"$ref":"#/components/schemas/ProfileId"},"eventCount":{"type":"integer"},
            "lastSeen":{"$ref":"#/components/schemas/Time"},
            "identifiers":{"type":"array","items":{"$ref":"#/components/schemas/Identifier"}}}}
            """
        ),
    ]
}
