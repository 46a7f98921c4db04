import ConnectorKit
import Events
import Testing

@Suite("Mapping")
struct MappingTests {
    private let context = Mapping.Context(source: "crm", time: Timestamp(microseconds: 1_700_000_000_000_000))

    private func mapping(_ text: String) throws -> Mapping {
        try Mapping(JSONValue(parsing: Array(text.utf8)))
    }

    private func event(_ mapping: Mapping, _ record: String) throws -> (event: SourceEvent, body: JSONValue) {
        let record = try JSONRecord(JSONDocument(Array(record.utf8)).root)
        let event = try mapping.event(from: record, in: context)
        return (event, try JSONValue(parsing: event.body))
    }

    @Test("makes an identify call of a contact")
    func mapsContact() throws {
        let mapping = try mapping(
            #"{"userId":"id","email":"mail","externalIds":{"crm.contact":"id"},"traits":{"firstName":"first","price":{"from":"price","as":"number"}}}"#
        )
        let (event, body) = try event(mapping, #"{"id":7,"mail":"ada@x.test","first":"Ada","price":"2.10","other":1}"#)
        #expect(event.type == .identify)
        #expect(event.timestamp == context.time)
        #expect(body["userId"] == "7")
        #expect(body["traits"]?.text == #"{"email":"ada@x.test","firstName":"Ada","price":2.10}"#)
        #expect(
            body["context"]?["externalIds"]?.text
                == #"[{"id":7,"type":"crm.contact"},{"id":"ada@x.test","type":"email"}]"#
        )
        #expect(body["messageId"] == .string(event.messageID))
    }

    @Test("makes a track call of an order, by dotted paths")
    func mapsOrder() throws {
        let mapping = try mapping(
            #"{"event":"Order Completed","email":"customer.email","timestamp":{"from":"at","as":"seconds"},"messageId":"no","properties":{"total":"total","first":"lines.0.sku","shop":{"value":"web"}},"traits":{"vip":{"from":"vip","as":"boolean"}}}"#
        )
        let (event, body) = try event(
            mapping,
            #"{"no":"o-1","at":1700000000.5,"customer":{"email":"ada@x.test"},"total":12.50,"lines":[{"sku":"A"}],"vip":"yes"}"#
        )
        #expect(event.messageID == "o-1")
        #expect(event.name == "Order Completed")
        #expect(event.timestamp.description == "2023-11-14T22:13:20.500Z")
        #expect(body["properties"]?.text == #"{"first":"A","shop":"web","total":12.50}"#)
        #expect(body["context"]?["traits"] == ["vip": true])
        #expect(body["traits"] == nil)
    }

    @Test("gives a record the same id whenever it is read, and different records different ones")
    func makesStableIDs() throws {
        let mapping = try mapping(#"{"event":"Seen","userId":"id"}"#)
        let first = try event(mapping, #"{"id":"1"}"#).event
        #expect(try event(mapping, #"{"id":"1"}"#).event == first)
        #expect(try event(mapping, #"{"id":"2"}"#).event.messageID != first.messageID)
        var later = context
        later.time = Timestamp(microseconds: 5)
        let record = try JSONRecord(JSONDocument(Array(#"{"id":"1"}"#.utf8)).root)
        #expect(try mapping.event(from: record, in: later).messageID == first.messageID)
        var other = context
        other.source = "shop"
        #expect(try mapping.event(from: record, in: other).messageID != first.messageID)
    }

    @Test("takes an undated contact in a newer file for news")
    func takesNewerContact() throws {
        let mapping = try mapping(#"{"userId":"id"}"#)
        let record = try JSONRecord(JSONDocument(Array(#"{"id":"1"}"#.utf8)).root)
        var later = context
        later.time = Timestamp(microseconds: 5)
        #expect(try mapping.event(from: record, in: context) != mapping.event(from: record, in: later))
    }

    @Test(
        "says what is wrong with a record",
        arguments: [
            (#"{"x":1}"#, "no_identifier"), (#"{"id":null}"#, "no_identifier"), (#"{"id":""}"#, "no_identifier"),
            (#"{"id":["a"]}"#, "wrong_type"), (#"{"id":"1","n":"12,5"}"#, "wrong_type"),
            (#"{"id":"1","t":"yesterday"}"#, "invalid_time"),
        ]
    )
    func rejects(record: String, code: String) throws {
        let mapping = try mapping(#"{"userId":"id","traits":{"n":{"from":"n","as":"number"}},"timestamp":"t"}"#)
        #expect { try event(mapping, record) } throws: { ($0 as? RecordError)?.code == code }
    }

    @Test(
        "refuses a mapping that it does not understand, by name",
        arguments: [
            (#"{"usrId":"id"}"#, "mapping.usrId"), (#"{"traits":{"a":{"form":"b"}}}"#, "mapping.traits.a.form"),
            (#"{"traits":{"a":{"from":"b","as":"integer"}}}"#, "mapping.traits.a"),
            (#"{"type":"buy"}"#, "mapping.type"),
            (#"{"traits":"a"}"#, "mapping.traits"), (#"{"userId":1}"#, "mapping.userId"), ("[]", "mapping"),
        ]
    )
    func refuses(text: String, name: String) {
        #expect { try mapping(text) } throws: { error in
            switch error as? SettingsError {
            case .unknown(let found, _), .invalid(let found, _): found == name
            default: false
            }
        }
    }

    @Test("guesses the mapping of a table from its columns")
    func guesses() throws {
        let columns = CSVColumns(["User ID", "E-Mail", "phone_number", "plan", "updated_at"])
        var parser = CSVParser()
        parser.add(Array("42,ada@x.test,+821012345678,007,2026-01-01 10:00:00\n".utf8))
        let record = parser.next()
        let row = try CSVRow(try #require(record), columns: columns)
        let event = try Mapping(guessingFrom: columns.names).event(from: row, in: context)
        let body = try JSONValue(parsing: event.body)
        #expect(body["userId"] == "42")
        #expect(body["traits"] == ["email": "ada@x.test", "phone": "+821012345678", "plan": "007"])
        #expect(event.timestamp.description == "2026-01-01T10:00:00.000Z")
    }

    @Test(
        "says whether the time is the record’s own",
        arguments: [
            (#"{"userId":"id","timestamp":"at"}"#, #"{"id":"1","at":"2026-01-01"}"#, "2026-01-01T00:00:00.000Z"),
            (#"{"userId":"id","timestamp":"at"}"#, #"{"id":"1","at":""}"#, nil),
            (#"{"userId":"id","timestamp":"at"}"#, #"{"id":"1"}"#, nil),
            (#"{"userId":"id"}"#, #"{"id":"1","at":"2026-01-01"}"#, nil),
        ]
    )
    func tellsOwnTime(mapping text: String, record: String, own: String?) throws {
        let mapping = try mapping(text)
        let event = try event(mapping, record).event
        #expect(event.originalTimestamp?.description == own)
        #expect(event.timestamp == event.originalTimestamp ?? context.time)
    }

    @Test("says of an event that is passed on whether it has a time")
    func tellsOwnTimeOfEvents() throws {
        let text = #"{"type":"track","event":"A","userId":"1","messageId":"m"}"#
        let event = try SegmentRecord.event(JSONDocument(Array(text.utf8)).root, in: context)
        #expect(event.timestamp == context.time)
        #expect(event.originalTimestamp == nil)
    }

    @Test("tells events apart whose message id is empty")
    func passesOverEmptyIDs() throws {
        let ids = try ["A", "B"].map { name in
            let text = #"{"type":"track","event":"\#(name)","userId":"1","messageId":""}"#
            return try SegmentRecord.event(JSONDocument(Array(text.utf8)).root, in: context).messageID
        }
        #expect(ids[0] != ids[1] && !ids.contains(""))
    }

    @Test("passes on an event that other systems' ids alone say whose it is", arguments: ["externalIds", "externalId"])
    func passesExternalIDs(key: String) throws {
        let text = #"{"type":"page","context":{"\#(key)":[{"id":"7","type":"crm"}]}}"#
        let event = try SegmentRecord.event(JSONDocument(Array(text.utf8)).root, in: context)
        #expect(event.body == Array(text.utf8))
    }

    @Test("passes events on byte for byte")
    func passesEvents() throws {
        let text =
            #"{"type":"track","event":"A","userId":"1","messageId":"m","timestamp":"2026-01-01T00:00:00Z","n":1.10}"#
        let event = try SegmentRecord.event(JSONDocument(Array(text.utf8)).root, in: context)
        let time = try #require(Timestamp("2026-01-01"))
        #expect(
            event
                == SourceEvent(
                    messageID: "m",
                    type: .track,
                    name: "A",
                    timestamp: time,
                    originalTimestamp: time,
                    body: Array(text.utf8)
                )
        )
        for (bad, code) in [
            (#"{"type":"x"}"#, "invalid_event"), (#"{"type":"track","userId":"1"}"#, "no_event"),
            (#"{"type":"page"}"#, "no_identifier"),
        ] {
            #expect { try SegmentRecord.event(JSONDocument(Array(bad.utf8)).root, in: context) } throws: {
                ($0 as? RecordError)?.code == code
            }
        }
    }
}
