/// The JSON Schemas of everything that the API takes and gives, in the order of their names.
enum Schemas {
    static var all: [(name: String, schema: String)] {
        (common + profiles + identity + search + segment + administration).sorted { $0.name < $1.name }
    }

    static let common: [(name: String, schema: String)] = [
        (
            "Error",
            """
            {"type":"object","required":["code","message","detail"],"properties":{
            "code":{"type":"string","description":"A constant word for the cause."},
            "message":{"type":"string","description":"One sentence for a person."},
            "detail":{"type":"string","description":"The same sentence, where other clients look for it."},
            "profiles":{"type":"array","items":{"$ref":"#/components/schemas/ProfileId"},
            "description":"Those that may be meant, where an address of several of them is to be erased."}}}
            """
        ),
        (
            "SegmentError",
            """
            {"type":"object","required":["error"],"properties":{
            "error":{"type":"object","required":["code","message"],"properties":{
            "code":{"type":"string"},"message":{"type":"string"}}}}}
            """
        ),
        ("Time", #"{"type":"string","format":"date-time"}"#),
        (
            "Identifier",
            """
            {"type":"string","description":"A namespaced value, as `namespace:value`.","examples":["email:ada@example.com"]}
            """
        ),
        ("ProfileId", #"{"type":"string","pattern":"^[a-z2-7]{26}$"}"#),
        (
            "Cursor",
            #"{"type":"string","description":"Opaque: give it back as it came. Absent on the last page."}"#
        ),
        ("EventStream", #"{"type":"string","description":"Server-sent events."}"#),
        (
            "Readiness",
            """
            {"type":"object","required":["status","waitingFor"],"properties":{"status":{"type":"string"},
            "waitingFor":{"type":"array","items":{"type":"string"}}}}
            """
        ),
        ("Description", #"{"type":"object","required":["openapi","info","paths"]}"#),
    ]
}
