import Events
import Testing

@testable import IngestService

@Suite("A Segment event")
struct SegmentEventTests {
    @Test("passes through byte for byte")
    func untouched() throws {
        let text =
            #"{"type":"track", "event":"Order","userId":"42","messageId":"m","x":{"unknown":[1.10,null]},"é":"\u00e9"}"#
        let event = try admit(text)
        #expect(event.text == text)
        #expect(event.name == "Order")
        #expect(event.messageID == "m")
        #expect(event.orderingKey == "42")
        #expect(event.warnings.isEmpty)
    }

    @Test("is what its path says, or its type")
    func types() throws {
        #expect(try admit(#"{"userId":"1"}"#, call: .event(.identify)).type == .identify)
        #expect(try admit(#"{"userId":"1","type":"group","groupId":"g"}"#).type == .group)
        #expect(try refusal(#"{"userId":"1"}"#) == .missingType)
        #expect(try refusal(#"{"userId":"1","type":"purchase"}"#) == .unknownType)
        #expect(try refusal(#"{"userId":"1","type":7}"#) == .unknownType)
    }

    @Test("says itself what it is when it comes in a batch, whatever the path says")
    func typesOfBatches() throws {
        let identify = #"{"type":"identify","userId":"1"}"#
        #expect(try admit(#"{"batch":[\#(identify)]}"#, call: .event(.track)).type == .identify)
        #expect(try admit("[\(identify)]", call: .event(.track)).type == .identify)
        #expect(try admit(#"{"batch":[{"userId":"1"}]}"#, call: .event(.page)).type == .page)
        #expect(try admit(#"{"type":"track","userId":"1"}"#, call: .event(.identify)).type == .identify)
    }

    @Test("needs somebody it is about")
    func ids() throws {
        #expect(try refusal(#"{"type":"track","event":"x"}"#) == .missingID)
        #expect(try refusal(#"{"type":"track","event":"x","userId":null,"anonymousId":null}"#) == .missingID)
        #expect(try refusal(#"{"type":"track","event":"x","userId":"","anonymousId":" "}"#) == .missingID)
        #expect(try refusal(#"{"type":"track","event":"x","userId":"null"}"#) == .illegalID)
        #expect(try admit(#"{"type":"track","event":"x","anonymousId":"a"}"#).orderingKey == "a")
        for id in [#""7""#, "7"] {
            let external = #"{"type":"page","context":{"externalIds":[{"id":\#(id),"type":"crm"}]}}"#
            #expect(try admit(external).orderingKey == "crm:7")
        }
        #expect(try refusal(#"{"type":"page","context":{"externalIds":[{"id":0,"type":"crm"}]}}"#) == .missingID)
        let rudder = #"{"type":"page","context":{"externalId":[{"id":"8","type":"crm"}]}}"#
        #expect(try admit(rudder).orderingKey == "crm:8")
    }

    @Test("has the external ids of its batch, unless it has its own")
    func sharedExternalIDs() throws {
        let shared = #""context":{"externalIds":[{"id":"7","type":"crm"}]}"#
        #expect(try admit(#"{"batch":[{"type":"page"}],\#(shared)}"#).orderingKey == "crm:7")
        let own = #"{"type":"page","context":{"externalIds":[{"id":"8","type":"crm"}]}}"#
        #expect(try admit(#"{"batch":[\#(own)],\#(shared)}"#).orderingKey == "crm:8")
        let empty = #"{"type":"page","context":{"externalIds":[]}}"#
        #expect(try refusal(#"{"batch":[\#(empty)],\#(shared)}"#) == .missingID)
    }

    @Test("loses an id that is nobody's when it has another")
    func illegalID() throws {
        let event = try admit(#"{"type":"track","event":"x","userId":"undefined","anonymousId":"a"}"#)
        #expect(try event.json["userId"] == nil)
        #expect(event.warningCodes == [.illegalID])
    }

    private static let nobodysNumbers = ["0", "-0", "-1", String(repeating: "7", count: 600)]

    @Test(
        "loses a number that is nobody's id as it does the text",
        arguments: ["userId", "anonymousId"],
        nobodysNumbers
    )
    func illegalNumber(field: String, number: String) throws {
        let other = field == "userId" ? "anonymousId" : "userId"
        let event = try admit(#"{"type":"track","event":"x","\#(field)":\#(number),"\#(other)":"a"}"#)
        #expect(event.text == #"{"type":"track","event":"x","\#(field)":null,"\#(other)":"a"}"#)
        #expect(event.orderingKey == "a")
        #expect(event.warningCodes == [.illegalID])
        #expect(try refusal(#"{"type":"track","event":"x","\#(field)":\#(number)}"#) == .illegalID)
    }

    @Test("is refused for a number that is nobody's where its call needs an id", arguments: nobodysNumbers)
    func illegalSubject(number: String) throws {
        #expect(try refusal(#"{"type":"group","userId":"1","groupId":\#(number)}"#) == .missingGroup)
        #expect(try refusal(#"{"type":"alias","userId":"1","previousId":\#(number)}"#) == .missingAlias)
        let pairs = #"[{"type":"email","value":"a@b.c"},{"type":"mobile","value":"+1"}]"#
        for field in ["userId", "anonymousId"] {
            let merge = try admit(#"{"\#(field)":\#(number),"mergeProperties":\#(pairs)}"#, call: .merge)
            #expect(try merge.json[field] == nil)
        }
    }

    @Test(
        "has numbers of every form read as texts",
        arguments: ["7", "-7", "0.0", "1.50", "1e400", "10000000000000000000"]
    )
    func numbers(number: String) throws {
        let ids = #""userId":\#(number),"groupId":\#(number)"#
        let event = try admit(#"{"type":"group",\#(ids)}"#)
        #expect(event.text == #"{"type":"group","userId":"\#(number)","groupId":"\#(number)"}"#)
        #expect(event.warningCodes == [.convertedID, .convertedID])
    }

    @Test("has a number among its ids read as a text, and refuses other types")
    func wrongTypes() throws {
        let event = try admit(#"{"type":"track","event":"x","userId":9007199254740993}"#)
        #expect(event.text == #"{"type":"track","event":"x","userId":"9007199254740993"}"#)
        #expect(event.warningCodes == [.convertedID])
        #expect(try refusal(#"{"type":"track","event":"x","userId":{"id":1}}"#) == .invalidField)
        #expect(try refusal(#"{"type":"track","event":"x","userId":["1"]}"#) == .invalidField)
        #expect(try refusal(#"{"type":"track","event":"x","userId":"1","properties":"p"}"#) == .invalidField)
        #expect(try refusal(#"{"type":"identify","userId":"1","traits":[1]}"#) == .invalidField)
        #expect(try refusal(#"{"type":"identify","userId":"1","context":3}"#) == .invalidField)
    }

    @Test("needs what its call is about")
    func subjects() throws {
        #expect(try refusal(#"{"type":"track","userId":"1"}"#) == .missingEvent)
        #expect(try refusal(#"{"type":"track","userId":"1","event":""}"#) == .missingEvent)
        #expect(try refusal(#"{"type":"track","userId":"1","event":{}}"#) == .invalidField)
        #expect(try refusal(#"{"type":"group","userId":"1"}"#) == .missingGroup)
        #expect(try refusal(#"{"type":"alias","userId":"1"}"#) == .missingAlias)
        #expect(try admit(#"{"type":"track","userId":"1","event":404}"#).name == "404")
        #expect(try admit(#"{"type":"page","userId":"1"}"#).name == nil)
        #expect(try admit(#"{"type":"screen","userId":"1","name":"Home"}"#).name == "Home")
    }

    @Test("has nothing where PHP writes an object without members, which is a list there")
    func emptyLists() throws {
        let empty = #"{"type":"track","userId":"1","event":"x","properties":[],"traits":[],"context":[]}"#
        #expect(try admit(empty).text == empty.replacing("[]", with: "null"))
        let batch = #"{"context":{"ip":"1.2.3.4"},"batch":[{"type":"page","userId":"1","context":[]}]}"#
        #expect(try admit(batch).text == #"{"type":"page","userId":"1","context":{"ip":"1.2.3.4"}}"#)
    }

    @Test("of a screen may have its name in “event”, as RudderStack's libraries for apps do")
    func screensOfApps() throws {
        #expect(try admit(#"{"type":"screen","userId":"1","event":"Home"}"#).name == "Home")
        #expect(try admit(#"{"type":"screen","userId":"1","event":"Other","name":"Home"}"#).name == "Home")
        #expect(try admit(#"{"type":"page","userId":"1","event":"Home"}"#).name == nil)
        let endless = String(repeating: "x", count: 1025)
        for event in ["\"\"", "{}", "\"\(endless)\""] {
            #expect(try admit(#"{"type":"screen","userId":"1","event":\#(event)}"#).name == nil)
        }
    }

    @Test("gets a message id when it has none, and may have a long one")
    func messageIDs() throws {
        #expect(MessageID.isUUID(try admit(#"{"type":"page","userId":"1"}"#).messageID))
        let long = String(repeating: "m", count: 101)
        #expect(try admit(#"{"type":"page","userId":"1","messageId":"\#(long)"}"#).warningCodes == [.longMessageID])
        let endless = String(repeating: "m", count: 1025)
        #expect(try refusal(#"{"type":"page","userId":"1","messageId":"\#(endless)"}"#) == .invalidMessageID)
        #expect(try admit(#"{"type":"page","userId":"1","messageId":{}}"#).warningCodes == [.generatedMessageID])
    }

    @Test("is corrected by its own or its batch's time of sending")
    func times() throws {
        let own = #"{"type":"page","userId":"1","timestamp":"2026-01-01T09:59:00Z","sentAt":"2026-01-01T10:00:00Z"}"#
        #expect(try admit(own).times.timestamp == Timestamp("2026-01-01T11:59:00Z"))
        let batch =
            #"{"sentAt":"2026-01-01T10:00:00Z","batch":[{"type":"page","userId":"1","timestamp":"2026-01-01T09:59:00Z"}]}"#
        #expect(try admit(batch).times.timestamp == Timestamp("2026-01-01T11:59:00Z"))
        #expect(!(try admit(batch).historical))
        let migrated = try admit(#"{"historical_migration":true,"# + batch.dropFirst(), dialect: .segment)
        #expect(migrated.times.timestamp == Timestamp("2026-01-01T09:59:00Z"))
        #expect(migrated.historical)
        let bad = #"{"type":"page","userId":"1","timestamp":"soon"}"#
        #expect(try admit(bad).warningCodes == [.invalidTime])
    }

    @Test("takes over what its batch says for all, below its own word")
    func defaults() throws {
        let batch = """
            {"context":{"ip":"1.2.3.4","app":{"name":"shop"}},"integrations":{"All":true},"batch":[
            {"type":"page","userId":"1"},{"type":"page","userId":"2","context":{"app":{"name":"own"},"ip":null}}]}
            """
        let events = try judge(batch).compactMap { verdict -> JSONView? in
            guard case .admitted(let event) = verdict else { return nil }
            return try event.json
        }
        #expect(events.count == 2)
        #expect(events[0]["context"]?["app"]?["name"]?.string == "shop")
        #expect(events[0]["integrations"]?["All"]?.bool == true)
        #expect(events[1]["context"]?["app"]?["name"]?.string == "own")
        #expect(events[1]["context"]?["ip"]?.string == "1.2.3.4")
    }

    @Test("takes over as much as a batch has room for, in one pass through either")
    func manyDefaults() throws {
        let count = 100_000
        func members(_ name: String) -> String { (0..<count).map { #""\#(name)\#($0)":1"# }.joined(separator: ",") }
        let event = #"{"type":"page","userId":"1","context":{\#(members("own")),"ip":null}}"#
        let taken = try admit(#"{"batch":[\#(event)],"context":{\#(members("shared")),"ip":"1.2.3.4"}}"#)
        let limits = JSONLimits(nodes: 1_000_000)
        let context = try #require(try JSONDocument(Array(taken.event), limits: limits).root["context"])
        #expect(context.count == 2 * count + 1)
        #expect(context["ip"]?.string == "1.2.3.4")
        #expect(context["own7"]?.int64 == 1 && context["shared7"]?.int64 == 1)
    }

    @Test("does not carry its key into the log", arguments: KeyNames.body)
    func key(name: String) throws {
        let event = try admit(#"{"type":"page","userId":"1","\#(name)":"kw_secret"}"#, dialect: .segment)
        #expect(event.text == #"{"type":"page","userId":"1","\#(name)":null}"#)
    }

    @Test("keeps a token that is no key")
    func ownToken() throws {
        let text = #"{"type":"page","userId":"1","token":"mine"}"#
        #expect(try admit(text, dialect: .segment).text == text)
    }

    @Test("may be large, but not too large")
    func sizes() throws {
        let large = String(repeating: "x", count: 40_000)
        let event = #"{"type":"page","userId":"1","properties":{"x":"\#(large)"}}"#
        #expect(try admit(event).warningCodes == [.largeEvent])
        var limits = Limits()
        limits.eventBytes = 40_000
        #expect(try refusal(event, limits: limits) == .tooLarge)
        limits = Limits()
        limits.eventNodes = 5
        #expect(try refusal(#"{"type":"page","userId":"1","properties":{}}"#, limits: limits) == .tooComplex)
    }

    @Test("may have as many bytes as RudderStack’s SDKs send in one message, and a little more")
    func largestMessage() throws {
        func message(_ bytes: Int) -> String {
            let rest = #"{"type":"page","userId":"1","properties":{"x":""}}"#
            let text = String(repeating: "x", count: bytes - rest.utf8.count)
            return #"{"type":"page","userId":"1","properties":{"x":"\#(text)"}}"#
        }
        #expect(try admit(message(4 << 20)).event.count == 4 << 20)
        #expect(try refusal(message(Limits().eventBytes + 1)) == .tooLarge)
        // As many products as that has room for.
        let product = #"{"id":"sku-1","name":"Tea","price":12.50,"quantity":1,"url":"https://shop.example/p/sku-1"}"#
        let products = Array(repeating: product, count: (4 << 20) / (product.utf8.count + 1) - 1)
        let order = #"{"type":"track","event":"Order Completed","userId":"1","properties":{"products":["#
        let isTaken = try refusal(order + products.joined(separator: ",") + "]}}") == nil
        #expect(isTaken)
    }

    @Test(
        "may have many traits and external ids, but not too many",
        arguments: [
            (#""traits":{"a":1,"b":2,"c":3}"#, false), (#""traits":{"a":1,"b":2,"c":3,"d":4}"#, true),
            (#""traits":{"a":1,"b":2},"context":{"traits":{"a":1}}"#, false),
            (#""traits":{"a":1,"b":2},"context":{"traits":{"a":1},"externalIds":[{"id":"1","type":"x"}]}"#, true),
        ]
    )
    func facts(members: String, isRefused: Bool) throws {
        var limits = Limits()
        limits.facts = 3
        let event = #"{"type":"identify","userId":"1",\#(members)}"#
        #expect(try refusal(event, limits: limits) == (isRefused ? .tooComplex : nil))
    }

    @Test("that is refused and larger than what is kept still tells whose it is, in what is kept")
    func refusedPart() throws {
        var limits = Limits()
        limits.keptOfEvent = 100
        let large = String(repeating: "x", count: 100)
        let event = #"{"properties":{"x":"\#(large)"},"type":"nothing","userId":"42"}"#
        let verdict = try #require(try judge(event, limits: limits).first)
        guard case .refused(_, _, let raw) = verdict else {
            Issue.record("taken: \(verdict)")
            return
        }
        #expect(String(decoding: raw, as: UTF8.self) == #"{"type":"nothing","userId":"42"}"#)
    }

    @Test("counts what its batch says for all as its own")
    func sharedSize() throws {
        var limits = Limits()
        limits.eventBytes = 100
        let event = #"{"type":"page","userId":"1"}"#
        #expect(try refusal(#"{"batch":[\#(event)],"context":{"ip":"1.2.3.4"}}"#, limits: limits) == nil)
        let text = String(repeating: "x", count: 100)
        #expect(try refusal(#"{"batch":[\#(event)],"context":{"x":"\#(text)"}}"#, limits: limits) == .tooLarge)
    }

    @Test("that merges two identifiers carries both as external ids")
    func merge() throws {
        let body = #"{"mergeProperties":[{"type":"email","value":"a@b.c"},{"type":"mobile","value":"+1"}]}"#
        let event = try admit(body, call: .merge)
        #expect(event.type == .identify)
        let ids = try event.json["context"]?["externalIds"]?.elements.compactMap { $0["type"]?.string }
        #expect(ids == ["email", "mobile"])
        let isLeft = try event.json["mergeProperties"] != nil
        #expect(!isLeft)
        #expect(try refusal(#"{"mergeProperties":[]}"#, call: .merge) == .missingID)
    }

    @Test(
        "that merges two identifiers takes over what its batch says for all, but not whom",
        arguments: [
            "", #","context":null"#, #","context":{"app":1}"#, #","context":{"externalIds":null,"app":1}"#,
            #","context":{"externalId":[{"type":"z","id":"3"}],"app":1}"#,
        ]
    )
    func mergeInBatch(members: String) throws {
        let pairs = #"[{"type":"email","value":"a@b.c"},{"type":"mobile","value":"+1"}]"#
        let batch = #"""
            {"context":{"ip":"1.2.3.4","externalIds":[{"type":"x","id":"1"}],"externalId":[{"type":"y","id":"2"}]},
            "integrations":{"All":false},
            "batch":[{"type":"merge","mergeProperties":\#(pairs)\#(members)}]}
            """#
        let event = try admit(batch).json
        #expect(event["integrations"]?["All"]?.bool == false)
        #expect(event["context"]?["ip"]?.string == "1.2.3.4")
        #expect(event["context"]?["app"]?.int64 == (members.contains("app") ? 1 : nil))
        let ids = event["context"]?["externalIds"]?.elements.compactMap { $0["type"]?.string }
        #expect(ids == ["email", "mobile"])
        #expect(event["context"]?["externalId"] == nil)
    }

    @Test(
        "does not merge with what is nobody's",
        arguments: ["undefined", " ", "0000", String(repeating: "x", count: 513)]
    )
    func mergeWithNobody(value: String) throws {
        let body = #"{"mergeProperties":[{"type":"email","value":"a@b.c"},{"type":"user_id","value":"\#(value)"}]}"#
        #expect(try refusal(body, call: .merge) == .illegalID)
    }

    @Test("becomes an envelope that readers understand")
    func envelope() throws {
        let event = try admit(#"{"type":"track","event":"Or\"der","userId":"1","messageId":"m"}"#)
        let envelope = try EventEnvelope(decoding: event.envelope(source: "web", userNamespace: "crm"))
        #expect(envelope.source == "web")
        #expect(envelope.userNamespace == "crm")
        #expect(envelope.name == "Or\"der")
        #expect(envelope.timestamp == noon)
        #expect(envelope.event["userId"]?.string == "1")
    }
}
