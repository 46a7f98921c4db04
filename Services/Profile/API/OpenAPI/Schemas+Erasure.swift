extension Schemas {
    static let erasure: [(name: String, schema: String)] = [
        (
            "Erasure",
            """
            {"type":"object","required":["id","state","identifiers","author","reason","time","log","waitingFor","suppressed",
            "alsoSuppressedBy"],"description":"What was removed of a person, without saying who it was.","properties":{
            "id":{"type":"string"},"state":{"type":"string","enum":["forgetting","rewriting","done"],
            "description":"The profile store is at it; instances rewrite what they have on the log; nothing is left."},
            "identifiers":{"type":"integer","description":"How many the person had."},
            "author":{"type":"string"},"reason":{"type":"string"},"time":{"$ref":"#/components/schemas/Time"},
            "events":{"type":"integer","description":"How many events were the person's."},
            "forgottenAt":{"$ref":"#/components/schemas/Time"},
            "log":{"type":"array","items":{"type":"object","required":["instance","records","time"],"properties":{
            "instance":{"type":"string"},"time":{"$ref":"#/components/schemas/Time"},
            "records":{"type":"object","additionalProperties":{"type":"integer"},
            "description":"How many records were removed or freed of the person, by topic."}}}},
            "waitingFor":{"type":"array","items":{"type":"string"},"description":"The instances that are not ready yet."},
            "suppressed":{"type":"boolean","description":"Whether what comes of the person is dropped because of this erasure."},
            "alsoSuppressedBy":{"type":"array","items":{"type":"string"},
            "description":"The other erasures because of which what comes of an identifier of the person is dropped."},
            "liftedAt":{"$ref":"#/components/schemas/Time"}}}
            """
        ),
        (
            "Erasures",
            """
            {"type":"object","required":["erasures"],"properties":{
            "erasures":{"type":"array","items":{"$ref":"#/components/schemas/Erasure"}}}}
            """
        ),
        (
            "Retirement",
            """
            {"type":"object","required":["instance","author","reason","time"],"properties":{"instance":{"type":"string"},
            "author":{"type":"string"},"reason":{"type":"string"},"time":{"$ref":"#/components/schemas/Time"}}}
            """
        ),
        (
            "PersonExport",
            """
            {"type":"object","required":["profile","events","evidence","corrections","decisions","history"],
            "description":"Everything that is held on a person.","properties":{
            "profile":{"$ref":"#/components/schemas/Profile"},
            "events":{"type":"array","items":{"$ref":"#/components/schemas/TimelineEvent"}},
            "evidence":{"type":"array","items":{"$ref":"#/components/schemas/Evidence"}},
            "corrections":{"type":"array","items":{"$ref":"#/components/schemas/Correction"}},
            "decisions":{"type":"array","items":{"$ref":"#/components/schemas/Decision"}},
            "history":{"type":"array","items":{"$ref":"#/components/schemas/HistoryEntry"}}}}
            """
        ),
    ]
}
