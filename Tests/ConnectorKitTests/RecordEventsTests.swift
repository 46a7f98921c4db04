import Events
import Testing
import YAML

@testable import ConnectorKit

private func field(_ yaml: String) throws -> YAMLField {
    try #require(try YAMLField(file: yaml))
}

private func json(_ text: String) throws -> JSONValue {
    try JSONValue(parsing: Array(text.utf8))
}

/// It is 2025-11-28T00:00:00Z.
private let now = Timestamp(microseconds: 1_764_288_000_000_000)
private let scope = Scope(settings: [:], now: now)

@Suite("The events of a record")
struct RecordEventsTests {
    private func batch(
        _ mapping: String,
        _ record: String = "{}",
        source: String = "shop",
        stream: String = "people",
        at time: Timestamp = now
    ) throws -> SourceBatch {
        let events = RecordEvents(
            source: source,
            stream: stream,
            expression: try Expression(mapping, at: field("events: x"))
        )
        return events.batch(of: try json(record), key: "k", in: scope, at: time)
    }

    private func event(_ mapping: String, _ record: String = "{}") throws -> (event: SourceEvent, body: JSONValue) {
        let event = try #require(try batch(mapping, record).events.first)
        return (event, try JSONValue(parsing: event.body))
    }

    private func id(
        _ mapping: String,
        _ record: String,
        source: String = "shop",
        stream: String = "people",
        at time: Timestamp = now
    ) throws -> String {
        try #require(try batch(mapping, record, source: source, stream: stream, at: time).events.first).messageID
    }

    @Test("say who somebody is")
    func identify() throws {
        let (event, body) = try event(
            #"identify({"shop.customer": .id, email, user: .uid}; {name, none: null})"#,
            #"{"id":820982911946154508,"email":"a@x.test","uid":5,"name":"Ada"}"#
        )
        #expect(event.type == .identify)
        #expect(event.timestamp == now)
        #expect(event.originalTimestamp == nil)
        #expect(body["userId"] == "5")
        #expect(body["traits"] == ["name": "Ada"])
        let ids = #"[{"id":"a@x.test","type":"email"},{"id":"820982911946154508","type":"shop.customer"}]"#
        #expect(body["context"]?["externalIds"]?.text == ids)
        #expect(body["messageId"] == .string(event.messageID))
    }

    @Test("have all of somebody's ids, of Kith's own as well")
    func severalIDs() throws {
        let (_, body) = try event(
            #"identify({user: ["a", "b"], anonymous: ["c", "d"], email: ["e@x.test", "f@x.test"]}; {})"#
        )
        #expect(body["userId"] == "a")
        #expect(body["anonymousId"] == "c")
        let others =
            #"[{"id":"d","type":"anonymous_id"},{"id":"e@x.test","type":"email"},{"id":"f@x.test","type":"email"},"#
            + #"{"id":"b","type":"user_id"}]"#
        #expect(body["context"]?["externalIds"]?.text == others)
    }

    @Test("say what somebody did, and what it says of them")
    func track() throws {
        let (event, body) = try event(
            #"track("Order Completed"; {anonymous: .id}; {total}) | traits({vip})"#,
            #"{"id":"a","total":12.50,"vip":true}"#
        )
        #expect(event.type == .track)
        #expect(event.name == "Order Completed")
        #expect(body["event"] == "Order Completed")
        #expect(body["anonymousId"] == "a")
        #expect(body["properties"]?.text == #"{"total":12.50}"#)
        #expect(body["context"]?["traits"] == ["vip": true])
    }

    @Test("say where somebody belongs")
    func group() throws {
        let (event, body) = try event("group(.org; {user: .id}; {plan})", #"{"org":7,"id":"a","plan":"big"}"#)
        #expect(event.type == .group)
        #expect(body["groupId"] == "7")
        #expect(body["traits"] == ["plan": "big"])
    }

    @Test("may be in the terms of the Segment specification")
    func segment() throws {
        let (event, body) = try event(#"{type: "identify", userId: "a", traits: {name}}"#, #"{"name":"Ada"}"#)
        #expect(event.type == .identify)
        #expect(body["traits"] == ["name": "Ada"])
    }

    @Test("have several identifiers of a list, and none of null and empty texts")
    func lists() throws {
        let (_, body) = try event(#"identify({shop: [2, "b", null, ""], email: null, phone: "", none: []}; {})"#)
        #expect(body["context"]?["externalIds"]?.text == #"[{"id":"2","type":"shop"},{"id":"b","type":"shop"}]"#)
    }

    @Test("happened at a time of whatever form", arguments: times)
    func time(time: String, milliseconds: Int64) throws {
        let (event, body) = try event("identify({user: 1}; {}) | at(.at)", #"{"at":\#(time)}"#)
        #expect(event.originalTimestamp == Timestamp(microseconds: milliseconds * 1000))
        #expect(event.timestamp == event.originalTimestamp)
        #expect(body["timestamp"] == .string(event.timestamp.description))
    }

    @Test("are known again by a time that stays, where they happened at one that moves")
    func made() throws {
        let mapping = #"track("Refunded"; {user: 1}; {}) | at(.changed; .made) | id("r")"#
        let first = try event(mapping, #"{"changed":1764288000,"made":1764201600}"#).event
        let again = try event(mapping, #"{"changed":1764547200,"made":1764201600}"#).event
        #expect(first.timestamp == now)
        #expect(again.timestamp == now + .seconds(259_200))
        #expect(first.originalTimestamp == Timestamp(microseconds: 1_764_201_600_000_000))
        #expect(again.originalTimestamp == first.originalTimestamp)
        #expect(again.messageID == first.messageID)
        let unknown = try event(mapping, #"{"changed":1764288000}"#).event
        #expect(unknown.originalTimestamp == unknown.timestamp)
    }

    @Test("are none when the record is none of our business, which is no fault")
    func none() throws {
        let batch = try batch("empty")
        #expect(batch.events.isEmpty)
        #expect(batch.rejected.isEmpty)
    }

    @Test("are none when one of them is at fault, and the record is kept with the reason", arguments: rejections)
    func rejects(mapping: String, code: String) throws {
        let batch = try batch("identify({user: 1}; {}), (\(mapping))", #"{"at":"soon"}"#)
        #expect(batch.events.isEmpty)
        #expect(batch.rejected.map(\.code) == [code])
        #expect(batch.rejected.first?.payload == Array(#"{"at":"soon"}"#.utf8))
    }

    @Test("have the same message id whenever the record is read, and another once it has changed")
    func stableIDs() throws {
        let later = now + .seconds(60)
        for mapping in [#"track("Seen"; {user: .id}; {n})"#, "identify({user: .id}; {n}) | at(.at)"] {
            let id = try id(mapping, #"{"id":"a","n":1,"at":1764288000}"#)
            #expect(try self.id(mapping, #"{"at":1764288000,"n":1,"id":"a"}"#, at: later) == id)
            #expect(try self.id(mapping, #"{"id":"a","n":2,"at":1764288000}"#) != id)
            #expect(try self.id(mapping, #"{"id":"a","n":1,"at":1764288000}"#, stream: "other") != id)
        }
    }

    @Test("have message ids of their own within a record")
    func ownIDs() throws {
        let event = #"track("Seen"; {user: 1}; {})"#
        #expect(try Set(batch("\(event), \(event)").events.map(\.messageID)).count == 2)
    }

    @Test(
        "may have texts without the white space around them, however much of it they have inside",
        .timeLimit(.minutes(3))
    )
    func trimmed() throws {
        let inside = "a\n" + String(repeating: " ", count: 200_000) + "b"
        let cases: [(String, String?)] = [("", nil), (" \n ", nil), ("a", "a"), (" \n\(inside)\t ", inside)]
        for (text, expected) in cases {
            let record = JSONValue.object(["id": .string(text)]).text
            let (_, body) = try event(
                "identify({user: 1}; {name: (.id | trimmed | if . == \"\" then null else . end)})",
                record
            )
            #expect(body["traits"]?["name"] == expected.map(JSONValue.string))
        }
    }

    @Test("are told by id() alone, from whichever stream of the source they come")
    func sharedIDs() throws {
        let mapping = #"track("Seen"; {user: .id}; {n}) | id(.id)"#
        let id = try id(mapping, #"{"id":"a","n":1}"#, stream: "one")
        #expect(try self.id(mapping, #"{"id":"a","n":2}"#, stream: "two") == id)
        #expect(try self.id(mapping, #"{"id":"b","n":1}"#, stream: "one") != id)
        #expect(try self.id(mapping, #"{"id":"a","n":1}"#, source: "else", stream: "one") != id)
    }
}

private let times: [(String, Int64)] = [
    (#""2025-11-28T00:00:00Z""#, 1_764_288_000_000), (#""2025-11-28T01:00:00.250+01:00""#, 1_764_288_000_250),
    ("1764288000", 1_764_288_000_000), ("1764288000.5", 1_764_288_000_500), ("1764288000.0", 1_764_288_000_000),
    ("1764288000250", 1_764_288_000_250), (#""1764288000""#, 1_764_288_000_000),
    (#""1764288000250""#, 1_764_288_000_250),
]

private let rejections = [
    (#"error("x")"#, "mapping_failed"), ("1", "invalid_event"), (#"{type: "shout", ids: {user: 1}}"#, "invalid_event"),
    ("track(null; {user: 1}; {})", "no_event"), ("identify({email: null}; {})", "no_identifier"),
    ("identify({user: {}}; {})", "no_identifier"), ("identify({user: 1}; {}) | at(.at)", "invalid_time"),
]
