import Events
import Identity
import Testing

@Suite("What tells of a person")
struct PersonTracesTests {
    static let traces = PersonTraces(
        identifiers: ErasureSample.ann,
        profileIDs: ["p_7hk2m"],
        rules: Rules()
    )

    @Test(
        "a value, an identifier or a profile id, whole or as a word in text, however deep",
        arguments: [
            #"{"a":"user:42"}"#, #"{"a":"user:ann"}"#, #"{"a":"ANN@example.com"}"#, #"{"a":["x",{"b":"p_7hk2m"}]}"#,
            #"{"user:42":1}"#, #"{"a":"(201) 555-0123"}"#, #"{"a":"\u0061nn@example.com"}"#, #"{"a":"a-ann"}"#,
            #"{"a":"The address <ann@example.com> is full."}"#, #"{"a":"1;+12015550123;Ann"}"#,
            #"{"payload":"{\"event\":{\"traits\":{\"email\":\"Ann@example.com\"}}}"}"#,
            #"{"payload":"[\"{\\\"id\\\":\\\"user:42\\\"}\"]"}"#, #"{"payload":"{\"id\":\"a-ann\""}"#,
            "id,mail\n1,ann@example.com", "ann@example.com", "p_7hk2m", #"{"a":p_7hk2m}"#,
            #"{"a":"not closed, ann@example.com"#, "/contacts/Ann%40Example.com",
            #"{"a":"GET /c?to=%3cann%40example.com%3e: 404, 100%"}"#,
        ]
    )
    func found(text: String) {
        #expect(Self.traces.areFound(in: Array(text.utf8)))
    }

    @Test(
        "not a part of another word, nor a short value by itself",
        arguments: [
            "", "{}", #"{"a":"ann"}"#, #"{"a":42}"#, #"{"a":"42"}"#, #"{"a":"joann@example.com"}"#, #"{"user":42}"#,
            #"{"a":"user:421"}"#, #"{"a":"superuser:42"}"#, #"{"a":"ann@example.community"}"#, #"{"a":"xp_7hk2m"}"#,
            #"{"a":"bob@example.com","b":[1,2.5,null,true]}"#, "+120155501234", #"{"a":"{\"b\":\"ann\"}"}"#,
            "/contacts/joann%40example.com", "%", "100%4", "%zz%4",
        ]
    )
    func notFound(text: String) {
        #expect(!Self.traces.areFound(in: Array(text.utf8)))
    }

    @Test("an identifier is found that rules from before have given another form")
    func otherForm() {
        var rules = Rules()
        rules.foldsMailboxes = true
        let traces = PersonTraces(identifiers: [Identifier("email", "bob@gmail.com")], profileIDs: [], rules: rules)
        #expect(traces.areFound(in: "email:b.o.b@gmail.com"))
        #expect(traces.areFound(in: Array(#"{"left":"email:B.ob@gmail.com"}"#.utf8)))
        for text in ["email:b.o.b.s@gmail.com", "user:b.o.b@gmail.com", "email:", "email"] {
            #expect(!traces.areFound(in: text))
        }
    }

    @Test("nobody leaves no traces")
    func nobody() {
        let traces = PersonTraces(identifiers: [], profileIDs: [], rules: Rules())
        #expect(traces.isEmpty)
        #expect(!traces.areFound(in: Array(#"{"a":""}"#.utf8)))
    }

    @Test("a number of five digits and more is found as one")
    func number() {
        let traces = PersonTraces(identifiers: [Identifier("user", "12345")], profileIDs: [], rules: Rules())
        #expect(traces.areFound(in: Array(#"{"a":12345}"#.utf8)))
        #expect(!traces.areFound(in: Array(#"{"a":123456}"#.utf8)))
    }
}
