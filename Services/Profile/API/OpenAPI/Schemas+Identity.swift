extension Schemas {
    static let identity: [(name: String, schema: String)] = [
        (
            "Graph",
            """
            {"type":"object","required":["id","revision","nodes","edges","truncated"],"properties":{"revision":{"type":"integer"},
            "truncated":{"type":"boolean"},"id":{"$ref":"#/components/schemas/ProfileId"},
            "nodes":{"type":"array","items":{"allOf":[{"$ref":"#/components/schemas/SeenIdentifier"}],"type":"object",
            "required":["identifier","member"],"properties":{"identifier":{"$ref":"#/components/schemas/Identifier"},
            "member":{"type":"boolean","description":"Belongs to this profile; a shared one may belong to none."}}}},
            "edges":{"type":"array","items":{"$ref":"#/components/schemas/Evidence"}}}}
            """
        ),
        (
            "Evidence",
            """
            {"type":"object","required":["from","to","kind"],"properties":{
            "from":{"$ref":"#/components/schemas/Identifier"},"fromLogin":{"$ref":"#/components/schemas/DeviceLogin"},
            "to":{"$ref":"#/components/schemas/Identifier"},"toLogin":{"$ref":"#/components/schemas/DeviceLogin"},
            "kind":{"type":"string","enum":["aliased","identified","carried","mentioned","decided","device"],
            "description":"How an event named the two together; or that somebody decided it; or different people's times on one device."},
            "strength":{"type":"integer","description":"Of evidence: the greater is the stronger."},
            "source":{"type":"string"},"messageId":{"type":"string"},
            "decision":{"type":"string"},"author":{"type":"string"},"reason":{"type":"string"},
            "time":{"$ref":"#/components/schemas/Time"},"rejected":{"$ref":"#/components/schemas/Rejection"}}}
            """
        ),
        (
            "DeviceLogin",
            """
            {"type":"string","description":"Whose time on the device, where several people used it: namespace:value of the login."}
            """
        ),
        (
            "Rejection",
            """
            {"type":"object","required":["reason"],"description":"Why it joins nothing.","properties":{
            "reason":{"type":"string","enum":["limit","shared","outside_logins","separated","claimed","ambiguous","divided"],
            "description":"A profile may not have so many of a namespace; too many people have the identifier; nobody was logged in on the device; somebody decided against it; somebody decided whose the identifier is; those who have it cannot be one person; different people used the device."},
            "namespace":{"type":"string"},"limit":{"type":"integer"},"decision":{"type":"string"},
            "conflict":{"type":"string","enum":["limit","separated","second_address"],
            "description":"Why those who have an ambiguous identifier cannot be one person."},
            "identifier":{"$ref":"#/components/schemas/Identifier"}}}
            """
        ),
        (
            "Explanation",
            """
            {"type":"object","required":["together","from","to","chain"],"properties":{"together":{"type":"boolean"},
            "because":{"type":"string","enum":["junk","unknown","separated","no_evidence","limit","shared","outside_logins",
            "claimed","ambiguous","divided"],"description":"Why they are not together."},
            "from":{"$ref":"#/components/schemas/ExplainedIdentifier"},"to":{"$ref":"#/components/schemas/ExplainedIdentifier"},
            "separation":{"type":"object","required":["decision","author","reason","time"],
            "description":"The decision that they are never one person's.","properties":{
            "decision":{"type":"string"},"author":{"type":"string"},"reason":{"type":"string"},
            "time":{"$ref":"#/components/schemas/Time"}}},
            "chain":{"type":"array","items":{"$ref":"#/components/schemas/Evidence"},
            "description":"From the one to the other. When they are not together, what would join them, if what is rejected in it were followed; empty if nothing would."}}}
            """
        ),
        (
            "ExplainedIdentifier",
            """
            {"type":"object","required":["identifier","state"],"properties":{
            "identifier":{"type":"string","description":"As namespace:value; an id that leads nowhere as it was given."},
            "state":{"type":"string","enum":["whole","shared","divided","claimed","ambiguous","junk","unknown"],
            "description":"One person's; too many people's; used by several people in turn; one person's by decision; several people's who cannot be one; a value that identifies nobody; never seen."},
            "login":{"$ref":"#/components/schemas/DeviceLogin"},"profile":{"$ref":"#/components/schemas/ProfileId"}}}
            """
        ),
        (
            "HistoryPage",
            """
            {"type":"object","required":["id","entries"],"properties":{"id":{"$ref":"#/components/schemas/ProfileId"},
            "entries":{"type":"array","items":{"$ref":"#/components/schemas/HistoryEntry"}},
            "cursor":{"$ref":"#/components/schemas/Cursor"}}}
            """
        ),
        (
            "HistoryEntry",
            """
            {"type":"object","required":["time","kind","before","after"],"properties":{
            "time":{"$ref":"#/components/schemas/Time"},"kind":{"type":"string","enum":["merged","split","renamed"]},
            "before":{"type":"array","items":{"$ref":"#/components/schemas/ProfileId"}},
            "after":{"type":"array","description":"A hundred at most.","items":{"$ref":"#/components/schemas/ProfileId"}},
            "cause":{"type":"object","description":"The event or decision by which it came; absent when that is not known.",
            "properties":{"source":{"type":"string"},"messageId":{"type":"string"},"decision":{"type":"string"},
            "withdrawn":{"type":"boolean","description":"True if it came by that the decision no longer holds, mostly since it was taken back."},
            "author":{"type":"string","description":"Who decided it, or took it back."},
            "reason":{"type":"string","description":"Why."},"time":{"$ref":"#/components/schemas/Time"}}}}}
            """
        ),
    ]
}
