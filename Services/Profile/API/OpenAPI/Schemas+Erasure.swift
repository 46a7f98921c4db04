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
            {"type":"object","required":["erasures"],"properties":{"cursor":{"$ref":"#/components/schemas/Cursor"},
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
            {"type":"object","required":["profile","corrections","decisions","history","evidence","observations","events",
            "commands","deadLetters"],"description":"Everything that is held on a person.","properties":{
            "profile":{"$ref":"#/components/schemas/Profile"},
            "corrections":{"type":"array","items":{"$ref":"#/components/schemas/Correction"}},
            "decisions":{"type":"array","items":{"$ref":"#/components/schemas/OwnDecision"}},
            "history":{"type":"array","items":{"$ref":"#/components/schemas/HistoryEntry"}},
            "evidence":{"type":"array","items":{"$ref":"#/components/schemas/Evidence"},
            "description":"Between the person's identifiers, and to addresses that are nobody's."},
            "observations":{"type":"array","items":{"$ref":"#/components/schemas/Observation"},
            "description":"Every value of a trait that is held, also those that do not count now."},
            "events":{"type":"array","items":{"$ref":"#/components/schemas/TimelineEvent"}},
            "commands":{"type":"array","items":{"$ref":"#/components/schemas/HeldCommand"},
            "description":"What was to be delivered, the newest first."},
            "deadLetters":{"type":"array","items":{"$ref":"#/components/schemas/HeldDeadLetter"},
            "description":"What could not be handled, the newest first."}}}
            """
        ),
        (
            "OwnDecision",
            """
            {"type":"object","required":["id","verdict","author","time"],
            "description":"Without the identifier that is somebody else's, and without a reason that names it.","properties":{
            "id":{"type":"string"},"verdict":{"type":"string","enum":["together","apart"]},
            "left":{"$ref":"#/components/schemas/Identifier"},"right":{"$ref":"#/components/schemas/Identifier"},
            "author":{"type":"string"},"reason":{"type":"string"},"time":{"$ref":"#/components/schemas/Time"},
            "inEffect":{"$ref":"#/components/schemas/InEffect"},
            "withdrawn":{"type":"object","required":["author","time"],"description":"That it was taken back.","properties":{
            "author":{"type":"string"},"reason":{"type":"string"},"time":{"$ref":"#/components/schemas/Time"}}}}}
            """
        ),
        (
            "Observation",
            """
            {"type":"object","required":["identifier","trait","value","source","time","messageId"],"properties":{
            "identifier":{"$ref":"#/components/schemas/Identifier"},"trait":{"type":"string"},
            "value":{"description":"Null clears what was seen before."},"source":{"type":"string"},
            "time":{"$ref":"#/components/schemas/Time"},"messageId":{"type":"string"},
            "initial":{"type":"boolean","description":"It counts only while there is no other."}}}
            """
        ),
        (
            "Withheld",
            """
            {"const":true,"description":"It tells of the person, and may be somebody else's: the rest is left out."}
            """
        ),
        (
            "HeldCommand",
            """
            {"type":"object","required":["destination","rule","createdAt"],"properties":{"id":{"type":"string"},
            "destination":{"type":"string"},"rule":{"type":"string"},
            "earlierRules":{"type":"array","items":{"type":"string"}},
            "identifier":{"$ref":"#/components/schemas/Identifier"},
            "causedBy":{"type":"string","description":"The id of the event."},
            "payload":{"description":"What was to be delivered, in the destination's terms."},
            "createdAt":{"$ref":"#/components/schemas/Time"},"notAfter":{"$ref":"#/components/schemas/Time"},
            "trace":{"type":"string"},"withheld":{"$ref":"#/components/schemas/Withheld"}}}
            """
        ),
        (
            "HeldDeadLetter",
            """
            {"type":"object","required":["id","service","code","time"],"properties":{
            "id":{"type":"string"},"service":{"type":"string"},"code":{"type":"string"},"reason":{"type":"string"},
            "origin":{"type":"string"},"messageId":{"type":"string"},"position":{"type":"string"},
            "replayTopic":{"type":"string"},"time":{"$ref":"#/components/schemas/Time"},
            "replayedAt":{"$ref":"#/components/schemas/Time"},"payload":{"type":"string"},"trace":{"type":"string"},
            "withheld":{"$ref":"#/components/schemas/Withheld"}}}
            """
        ),
    ]
}
