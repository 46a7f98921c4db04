extension Schemas {
    static let search: [(name: String, schema: String)] = [
        (
            "Condition",
            """
            {"description":"Whom it is about, and what is asked of them.","oneOf":[
            {"type":"object","required":["all"],"additionalProperties":false,"properties":{
            "all":{"type":"array","items":{"$ref":"#/components/schemas/Condition"}}}},
            {"type":"object","required":["any"],"additionalProperties":false,"properties":{
            "any":{"type":"array","items":{"$ref":"#/components/schemas/Condition"}}}},
            {"type":"object","required":["not"],"additionalProperties":false,"properties":{
            "not":{"$ref":"#/components/schemas/Condition"}}},
            {"type":"object","required":["text"],"additionalProperties":false,"properties":{
            "text":{"type":"string","description":"Words that names begin with."}}},
            {"$ref":"#/components/schemas/TraitCondition"},{"$ref":"#/components/schemas/IdentifierCondition"},
            {"$ref":"#/components/schemas/EventCondition"}],
            "examples":[{"all":[{"trait":"plan","equals":"pro"},{"event":"Order Completed","within":"30d"}]}]}
            """
        ),
        (
            "TraitCondition",
            """
            {"type":"object","required":["trait"],"minProperties":2,"additionalProperties":false,"properties":{
            "trait":{"type":"string","minLength":1,"description":"A trait's name, or a path into it such as `address.city`."},
            "exists":{"type":"boolean"},"equals":{"not":{"type":"null"}},"notEquals":{"not":{"type":"null"}},
            "in":{"type":"array","items":{"not":{"type":"null"}}},"contains":{"type":["string","number","boolean"]},
            "startsWith":{"type":"string"},"endsWith":{"type":"string"},
            "greaterThan":{"$ref":"#/components/schemas/Bound"},"atLeast":{"$ref":"#/components/schemas/Bound"},
            "lessThan":{"$ref":"#/components/schemas/Bound"},"atMost":{"$ref":"#/components/schemas/Bound"},
            "before":{"$ref":"#/components/schemas/Time"},"after":{"$ref":"#/components/schemas/Time"}}}
            """
        ),
        (
            "Bound",
            ##"{"oneOf":[{"type":"number"},{"$ref":"#/components/schemas/Time"}],"description":"A number or a time."}"##
        ),
        (
            "IdentifierCondition",
            """
            {"type":"object","required":["identifier"],"minProperties":2,"additionalProperties":false,"properties":{
            "identifier":{"type":"string","minLength":1,"description":"A namespace."},"exists":{"type":"boolean"},
            "equals":{"type":"string"},"startsWith":{"type":"string"},"endsWith":{"type":"string"}}}
            """
        ),
        (
            "EventCondition",
            """
            {"type":"object","required":["event"],"maxProperties":2,"additionalProperties":false,"properties":{
            "event":{"type":"string","minLength":1,"description":"An event's name."},
            "count":{"oneOf":[
            {"type":"object","minProperties":1,"additionalProperties":false,"properties":{
            "atLeast":{"type":"integer","minimum":0},"atMost":{"type":"integer","minimum":0}}},
            {"type":"object","required":["equals"],"additionalProperties":false,"properties":{
            "equals":{"type":"integer","minimum":0}}}]},
            "since":{"$ref":"#/components/schemas/Time"},"until":{"$ref":"#/components/schemas/Time"},
            "within":{"type":"string","pattern":"^[1-9][0-9]{0,4}[smhdw]$","description":"A period, such as 30d or 12h."}}}
            """
        ),
        (
            "SortKey",
            """
            {"type":"object","additionalProperties":false,"properties":{
            "trait":{"type":"string","minLength":1,"maxLength":256},
            "field":{"type":"string","enum":["firstSeen","lastSeen","eventCount","revision","id"]},
            "order":{"enum":["asc","desc",null],"default":"asc"}},
            "oneOf":[{"required":["trait"]},{"required":["field"]}]}
            """
        ),
        (
            "Search",
            """
            {"type":"object","additionalProperties":false,"properties":{
            "where":{"oneOf":[{"$ref":"#/components/schemas/Condition"},{"type":"null"}]},
            "text":{"type":["string","null"],"description":"Words that names begin with; case and accents do not matter."},
            "sort":{"type":["array","null"],"minItems":1,"maxItems":4,"items":{"$ref":"#/components/schemas/SortKey"},
            "description":"Last seen first, when absent."},
            "limit":{"type":["integer","null"],"minimum":1,"maximum":200,"default":50},
            "cursor":{"type":["string","null"],"description":"The cursor of the page before."},
            "total":{"type":["boolean","null"],"default":false,"description":"Count all that match as well."}}}
            """
        ),
        (
            "CountSearch",
            """
            {"type":"object","additionalProperties":false,"properties":{
            "where":{"oneOf":[{"$ref":"#/components/schemas/Condition"},{"type":"null"}]},
            "text":{"type":["string","null"]}}}
            """
        ),
        (
            "ProfilePage",
            """
            {"type":"object","required":["profiles"],"properties":{
            "profiles":{"type":"array","items":{"$ref":"#/components/schemas/Profile"}},
            "cursor":{"$ref":"#/components/schemas/Cursor"},"total":{"type":"integer"}}}
            """
        ),
        ("Count", #"{"type":"object","required":["count"],"properties":{"count":{"type":"integer"}}}"#),
        (
            "Change",
            """
            {"type":"object","required":["id","revision","kind","formerIds","time","events"],"properties":{
            "id":{"$ref":"#/components/schemas/ProfileId"},"revision":{"type":"integer"},
            "kind":{"type":"string","enum":["created","updated","merged","split"]},
            "formerIds":{"type":"array","items":{"$ref":"#/components/schemas/ProfileId"}},
            "time":{"$ref":"#/components/schemas/Time"},"events":{"type":"integer"},
            "historical":{"type":"boolean","description":"Nothing happened; a rebuild sees the profile otherwise than before."}}}
            """
        ),
        (
            "ProfileLines",
            #"{"type":"string","description":"One profile per line, each as the schema `Profile` has it."}"#
        ),
    ]
}
