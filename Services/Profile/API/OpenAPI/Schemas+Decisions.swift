extension Schemas {
    static let decisions: [(name: String, schema: String)] = [
        (
            "NewDecision",
            """
            {"type":"object","additionalProperties":false,"required":["left","right","reason"],"properties":{
            "left":{"$ref":"#/components/schemas/Reference"},"right":{"$ref":"#/components/schemas/Reference"},
            "reason":{"type":"string","minLength":1,"maxLength":2000,"description":"Why."},
            "author":{"type":["string","null"],"minLength":1,"maxLength":200,
            "description":"Who decides, if not the holder of the key."}}}
            """
        ),
        (
            "Reference",
            """
            {"type":"string","pattern":"\(ProfileReference.pattern.replacing("\\", with: "\\\\"))",
            "description":"An identifier as namespace:value, or a profile's id, which stands for its strongest identifier."}
            """
        ),
        (
            "DecisionPreview",
            """
            {"type":"object","oneOf":[
            {"additionalProperties":false,"required":["verdict","left","right"],"properties":{
            "verdict":{"type":"string","enum":["together","apart"]},
            "left":{"$ref":"#/components/schemas/Reference"},"right":{"$ref":"#/components/schemas/Reference"}}},
            {"additionalProperties":false,"required":["withdraw"],"properties":{
            "withdraw":{"type":"string","description":"The id of a decision to take back."}}}]}
            """
        ),
        (
            "IdentityOutlook",
            """
            {"type":"object","required":["before","after"],"properties":{
            "before":{"type":"array","items":{"$ref":"#/components/schemas/OutlookPerson"},
            "description":"The profiles that are others without it."},
            "after":{"type":"array","items":{"$ref":"#/components/schemas/OutlookPerson"}}}}
            """
        ),
        (
            "OutlookPerson",
            """
            {"type":"object","required":["id","identifiers","identifierCount"],"properties":{
            "id":{"$ref":"#/components/schemas/ProfileId"},"identifierCount":{"type":"integer"},
            "nobody":{"type":"string","enum":["shared","divided","ambiguous"],
            "description":"Of an identifier that is nobody's, why: too many people have it; several people used it in turn; those who have it cannot be one person."},
            "identifiers":{"type":"array","items":{"type":"string"},
            "description":"Up to 100; of a device that several people used, with whose time on it that is."}}}
            """
        ),
        (
            "Decision",
            """
            {"type":"object","required":["id","verdict","left","right","author","reason","time"],
            "properties":{"id":{"type":"string"},"verdict":{"type":"string","enum":["together","apart"]},
            "left":{"$ref":"#/components/schemas/Identifier"},"right":{"$ref":"#/components/schemas/Identifier"},
            "author":{"type":"string"},"reason":{"type":"string"},"time":{"$ref":"#/components/schemas/Time"},
            "inEffect":{"$ref":"#/components/schemas/InEffect"},
            "applied":{"type":"boolean","description":"Whether profiles are as it wants already; otherwise soon."},
            "withdrawn":{"type":"object","required":["author","reason","time"],"description":"That it was taken back.",
            "properties":{"author":{"type":"string"},"reason":{"type":"string"},"time":{"$ref":"#/components/schemas/Time"}}},
            "before":{"type":"array","items":{"$ref":"#/components/schemas/OutlookPerson"}},
            "after":{"type":"array","items":{"$ref":"#/components/schemas/OutlookPerson"}}}}
            """
        ),
        (
            "InEffect",
            """
            {"const":false,"description":"Nothing follows from it by the rules that the store was made by, since to these the two are one, or a value identifies nobody."}
            """
        ),
        (
            "DecisionPage",
            """
            {"type":"object","required":["decisions"],"properties":{
            "decisions":{"type":"array","items":{"$ref":"#/components/schemas/Decision"}},
            "cursor":{"$ref":"#/components/schemas/Cursor"}}}
            """
        ),
        (
            "Withdrawn",
            """
            {"type":"object","required":["withdrawn","applied","before","after"],"properties":{
            "withdrawn":{"$ref":"#/components/schemas/Decision"},"applied":{"type":"boolean"},
            "before":{"type":"array","items":{"$ref":"#/components/schemas/OutlookPerson"}},
            "after":{"type":"array","items":{"$ref":"#/components/schemas/OutlookPerson"}}}}
            """
        ),
        (
            "NewCorrection",
            """
            {"type":"object","additionalProperties":false,"required":["trait","reason"],"properties":{
            "trait":{"type":"string","minLength":1,"maxLength":1024},
            "value":{"description":"Any JSON; null, or none, says that there is no value."},
            "reason":{"type":"string","minLength":1,"maxLength":2000,"description":"Why."},
            "author":{"type":["string","null"],"minLength":1,"maxLength":200,
            "description":"Who says so, if not the holder of the key."}}}
            """
        ),
        (
            "Correction",
            """
            {"type":"object","required":["id","identifier","trait","value","author","reason","time"],"properties":{
            "id":{"type":"string"},"identifier":{"$ref":"#/components/schemas/Identifier"},"trait":{"type":"string"},
            "value":{},"author":{"type":"string"},"reason":{"type":"string"},"time":{"$ref":"#/components/schemas/Time"},
            "inEffect":{"$ref":"#/components/schemas/InEffect"},
            "applied":{"type":"boolean","description":"Whether the profile has it already; otherwise soon."},
            "withdrawn":{"type":"object","required":["author","reason","time"],"description":"That it was taken back.",
            "properties":{"author":{"type":"string"},"reason":{"type":"string"},"time":{"$ref":"#/components/schemas/Time"}}}}}
            """
        ),
        (
            "CorrectionPage",
            """
            {"type":"object","required":["corrections"],"properties":{
            "corrections":{"type":"array","items":{"$ref":"#/components/schemas/Correction"}},
            "cursor":{"$ref":"#/components/schemas/Cursor"}}}
            """
        ),
        (
            "Corrections",
            """
            {"type":"object","required":["id","corrections"],"properties":{"id":{"$ref":"#/components/schemas/ProfileId"},
            "corrections":{"type":"array","items":{"$ref":"#/components/schemas/Correction"}}}}
            """
        ),
    ]
}
