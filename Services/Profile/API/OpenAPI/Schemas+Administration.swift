extension Schemas {
    static let administration: [(name: String, schema: String)] =
        keys + deadLetters + log + rebuild + decisions + erasure + desks

    /// What every service takes and gives: its level of logging, and a backup of its store.
    private static let desks: [(name: String, schema: String)] = [
        (
            "Backup",
            """
            {"type":"object","required":["file"],"properties":{
            "file":{"type":"string","description":"The copy, below the data directory."}}}
            """
        ),
        ("Level", #"{"type":"string","enum":["trace","debug","info","notice","warning","error","critical"]}"#),
        (
            "LogLevelWish",
            """
            {"type":"object","required":["level"],"additionalProperties":false,"properties":{
            "level":{"$ref":"#/components/schemas/Level"},
            "for":{"type":["string","null"],"pattern":"^[1-9][0-9]{0,4}[smhdw]$","description":"How long, such as 10m; until the next start when absent."}}}
            """
        ),
        (
            "LogLevel",
            """
            {"type":"object","required":["service","level","configured"],"properties":{"service":{"type":"string"},
            "level":{"$ref":"#/components/schemas/Level"},"configured":{"$ref":"#/components/schemas/Level"},
            "until":{"$ref":"#/components/schemas/Time"}}}
            """
        ),
    ]

    private static let keys: [(name: String, schema: String)] = [
        ("Scope", #"{"type":"string","enum":["write","read","admin"]}"#),
        (
            "NewKey",
            """
            {"type":"object","required":["scope"],"additionalProperties":false,"properties":{
            "scope":{"$ref":"#/components/schemas/Scope"},
            "source":{"type":["string","null"],"pattern":"^[a-z0-9_-]{1,64}$",
            "description":"The source that a write key's events belong to, and a label for other keys."},
            "userNamespace":{"type":["string","null"],"pattern":"^[a-z0-9._-]{1,64}$",
            "description":"The namespace that this source's user ids are in; `user` when absent."}},
            "if":{"properties":{"scope":{"const":"write"}}},"then":{"required":["source"],"properties":{"source":{"type":"string"}}}}
            """
        ),
        (
            "Key",
            """
            {"type":"object","required":["id","scope","source","createdAt"],"properties":{
            "id":{"type":"string"},"scope":{"$ref":"#/components/schemas/Scope"},"source":{"type":"string"},
            "userNamespace":{"type":"string"},"createdAt":{"$ref":"#/components/schemas/Time"}}}
            """
        ),
        (
            "CreatedKey",
            """
            {"allOf":[{"$ref":"#/components/schemas/Key"}],"type":"object","required":["secret"],
            "properties":{"secret":{"type":"string","description":"Shown only in this answer."}}}
            """
        ),
        (
            "Keys",
            """
            {"type":"object","required":["keys"],"properties":{
            "keys":{"type":"array","items":{"$ref":"#/components/schemas/Key"}}}}
            """
        ),
        (
            "AuditPage",
            """
            {"type":"object","required":["entries"],"properties":{"cursor":{"$ref":"#/components/schemas/Cursor"},
            "entries":{"type":"array","items":{"type":"object","required":["actor","action","subject","status","time"],
            "properties":{"actor":{"type":"string","description":"The id of the key."},"action":{"type":"string"},
            "subject":{"type":"string"},"status":{"type":"integer"},"time":{"$ref":"#/components/schemas/Time"}}}}}}
            """
        ),
    ]

    private static let deadLetters: [(name: String, schema: String)] = [
        (
            "DeadLetter",
            """
            {"type":"object","required":["id","service","code","reason","origin","time"],"properties":{
            "id":{"type":"string"},"service":{"type":"string"},"code":{"type":"string"},"reason":{"type":"string"},
            "origin":{"type":"string"},"messageId":{"type":"string"},
            "position":{"type":"string","description":"Where it stood on the log, as topic/partition@offset."},
            "replayTopic":{"type":"string"},"time":{"$ref":"#/components/schemas/Time"},
            "replayedAt":{"$ref":"#/components/schemas/Time"},"payload":{"type":"string"},
            "trace":{"type":"string","description":"The request that it goes back to, as W3C Trace Context has it."}}}
            """
        ),
        (
            "DeadLetterPage",
            """
            {"type":"object","required":["deadLetters"],"properties":{"cursor":{"$ref":"#/components/schemas/Cursor"},
            "deadLetters":{"type":"array","items":{"$ref":"#/components/schemas/DeadLetter"}}}}
            """
        ),
        (
            "Replay",
            """
            {"type":"object","required":["id","topic","replayedAt","alreadyReplayed"],"properties":{
            "id":{"type":"string"},"topic":{"type":"string"},"replayedAt":{"$ref":"#/components/schemas/Time"},
            "alreadyReplayed":{"type":"boolean"}}}
            """
        ),
    ]

    private static let log: [(name: String, schema: String)] = [
        (
            "Record",
            """
            {"type":"object","required":["partition","offset","time","key"],"properties":{"partition":{"type":"string"},
            "offset":{"type":"integer"},"time":{"$ref":"#/components/schemas/Time"},"key":{"type":"string"},
            "headers":{"type":"array","items":{"type":"object","required":["name","value"],
            "properties":{"name":{"type":"string"},"value":{"type":"string"}}}},
            "value":{"description":"The record's value, when it is JSON."},
            "base64":{"type":"string","description":"The record's value, when it is not."}}}
            """
        ),
        (
            "RecordPage",
            """
            {"type":"object","required":["topic","partition","first","head","records","next"],"properties":{
            "topic":{"type":"string"},"partition":{"type":"string"},"first":{"type":"integer"},
            "head":{"type":"integer"},"records":{"type":"array","items":{"$ref":"#/components/schemas/Record"}},
            "next":{"type":"integer","description":"The offset to go on from."}}}
            """
        ),
        (
            "Status",
            """
            {"type":"object","required":["version","startedAt","uptimeSeconds","profiles","identifiers","events",
            "storeBytes","identity","rebuild","topics","consumers"],"properties":{"version":{"type":"string"},
            "startedAt":{"$ref":"#/components/schemas/Time"},"uptimeSeconds":{"type":"integer"},
            "profiles":{"type":"integer"},"identifiers":{"type":"integer"},"events":{"type":"integer"},
            "storeBytes":{"type":"integer"},
            "identity":{"type":"object","required":["file","state"],"properties":{"file":{"type":"string"},
            "state":{"type":"string","enum":["upToDate","fileDiffers","versionDiffers","fileIsWrong"],
            "description":"How the rules that the store was made by stand to those in the file, and to this version."},
            "message":{"type":"string","description":"One sentence, where there is something to do."}}},
            "rebuild":{"$ref":"#/components/schemas/Rebuild"},
            "topics":{"type":"array","items":{"type":"object","required":["name","bytes","partitions"],"properties":{
            "name":{"type":"string"},"bytes":{"type":"integer"},"retention":{"type":"object","properties":{
            "ageSeconds":{"type":"integer"},"bytes":{"type":"integer","description":"For each partition."}},
            "description":"Records that exceed either limit may be removed; absent when all are kept."},
            "partitions":{"type":"array","items":{"type":"object",
            "required":["name","first","head","bytes"],"properties":{"name":{"type":"string"},
            "first":{"type":"integer"},"head":{"type":"integer"},"bytes":{"type":"integer"}}}}}}},
            "consumers":{"type":"array","items":{"type":"object",
            "required":["name","topic","partition","position","lag","updatedAt"],"properties":{"name":{"type":"string"},
            "topic":{"type":"string"},"partition":{"type":"string"},"position":{"type":"integer"},
            "lag":{"type":"integer"},"updatedAt":{"$ref":"#/components/schemas/Time"}}}}}}
            """
        ),
    ]
}
