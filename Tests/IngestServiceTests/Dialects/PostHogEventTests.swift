import Events
import Testing

@testable import IngestService

@Suite("A PostHog event")
struct PostHogEventTests {
    private func canonical(_ text: String) throws -> JSONView {
        try admit(text, dialect: .posthog).json
    }

    @Test("is a track event, with its properties and unknown fields kept")
    func track() throws {
        let text =
            #"{"event":"Order","distinct_id":"u1","uuid":"m","properties":{"total":2.10,"$lib":"py"},"extra":{"a":1}}"#
        let event = try admit(text, dialect: .posthog)
        #expect(event.type == .track)
        #expect(event.name == "Order")
        #expect(event.messageID == "m")
        let json = try event.json
        #expect(json["userId"]?.string == "u1")
        #expect(json["anonymousId"] == nil)
        #expect(json["properties"]?["total"]?.number?.text == "2.10")
        #expect(json["context"]?["library"]?["name"]?.string == "py")
        #expect(json["context"]?["posthog"]?["fields"]?["extra"]?["a"]?.int64 == 1)
    }

    @Test("that identifies joins the device's id with the person's")
    func identify() throws {
        let text = """
            {"event":"$identify","distinct_id":"u1","properties":{"$anon_distinct_id":"dev-1",
            "$set":{"email":"a@b.c","plan":"pro"},"$set_once":{"plan":"free","first":"x"}}}
            """
        let json = try canonical(text)
        #expect(json["type"]?.string == "identify")
        #expect(json["userId"]?.string == "u1")
        #expect(json["anonymousId"]?.string == "dev-1")
        #expect(json["traits"]?["email"]?.string == "a@b.c")
        #expect(json["traits"]?["plan"]?.string == "pro")
        #expect(json["traits"]?["first"]?.string == "x")
        #expect(json["context"]?["posthog"]?["setOnce"]?.elements.compactMap(\.string) == ["first"])
    }

    @Test("sets nothing where PHP's library has no properties, which are an empty list there")
    func emptyLists() throws {
        let json = try canonical(#"{"event":"$identify","distinct_id":"u1","uuid":"m","$set":[],"properties":[]}"#)
        #expect(json["type"]?.string == "identify")
        #expect(json["userId"]?.string == "u1")
        #expect(json["traits"] == nil)
        #expect(json["properties"] == nil)
    }

    @Test("may set as many traits once as it may have, beside as many others")
    func manyTraits() throws {
        func members(_ name: String) -> String { (0..<10_000).map { #""\#(name)\#($0)":1"# }.joined(separator: ",") }
        let sets = #""$set":{\#(members("set"))},"$set_once":{\#(members("once"))}"#
        let events = Array(repeating: #"{"event":"$set","distinct_id":"u",\#(sets)}"#, count: 20)
        let verdicts = try judge("[\(events.joined(separator: ","))]", dialect: .posthog)
        #expect(verdicts.count == 20)
        for verdict in verdicts {
            guard case .admitted(let event) = verdict else { throw Refusal(.unsupported, "refused") }
            let json = try JSONDocument(Array(event.event), limits: JSONLimits(nodes: 1_000_000)).root
            #expect(json["traits"]?.count == 20_000)
            #expect(json["context"]?["posthog"]?["setOnce"]?.count == 10_000)
        }
    }

    @Test("sets its person's traits from wherever they stand")
    func sets() throws {
        let beside = #"{"event":"x","distinct_id":"u","$set":{"a":1},"$unset":["b"]}"#
        #expect(try canonical(beside)["context"]?["traits"]?["a"]?.int64 == 1)
        #expect(try canonical(beside)["context"]?["posthog"]?["unset"]?.elements.compactMap(\.string) == ["b"])
        let inside = #"{"event":"x","distinct_id":"u","properties":{"$set":{"a":1}}}"#
        #expect(try canonical(inside)["context"]?["traits"]?["a"]?.int64 == 1)
        let engage = try admit(#"{"$distinct_id":"u","$set":{"a":1}}"#, dialect: .posthog)
        #expect(engage.type == .identify)
        #expect(try engage.json["traits"]?["a"]?.int64 == 1)
    }

    @Test("sets what stands in two places, and what stands beside the properties first")
    func setsTwice() throws {
        let text = """
            {"event":"$set","distinct_id":"u","$set":{"a":1},"$set_once":{"$initial_referrer":"r","b":0},
            "properties":{"$set":{"a":2,"b":2},"$set_once":{}}}
            """
        let json = try canonical(text)
        #expect(json["traits"]?.members.map(\.key) == ["a", "b", "$initial_referrer"])
        #expect(json["traits"]?["a"]?.int64 == 1)
        #expect(json["traits"]?["b"]?.int64 == 2)
        #expect(json["context"]?["posthog"]?["setOnce"]?.elements.compactMap(\.string) == ["$initial_referrer"])
    }

    @Test(
        "is a device's when its library says so",
        arguments: [
            #"{"$is_identified":false}"#, #"{"$device_id":"dev-7"}"#, #"{"$anon_distinct_id":"dev-7"}"#,
        ]
    )
    func anonymous(properties: String) throws {
        let json = try canonical(#"{"event":"x","distinct_id":"dev-7","properties":\#(properties)}"#)
        #expect(json["anonymousId"]?.string == "dev-7")
        #expect(json["userId"] == nil)
    }

    @Test(
        "is a person's otherwise, also when the id is a UUID",
        arguments: [
            "{}", #"{"$is_identified":true,"$device_id":"dev-7"}"#, #"{"$user_id":"dev-7","$device_id":"dev-7"}"#,
            #"{"$process_person_profile":false}"#,
        ]
    )
    func user(properties: String) throws {
        let json = try canonical(#"{"event":"x","distinct_id":"dev-7","properties":\#(properties)}"#)
        #expect(json["userId"]?.string == "dev-7")
        let uuid = "0192f2a4-5b1c-7c1e-8f00-0123456789ab"
        #expect(try canonical(#"{"event":"x","distinct_id":"\#(uuid)"}"#)["userId"]?.string == uuid)
        let personless = #"{"event":"x","distinct_id":"\#(uuid)","properties":{"$process_person_profile":false}}"#
        #expect(try canonical(personless)["anonymousId"]?.string == uuid)
    }

    @Test("that aliases keeps the person's id, whichever way round it was written")
    func alias() throws {
        let device = "0192f2a4-5b1c-7c1e-8f00-0123456789ab"
        for (distinct, other) in [(device, "u1"), ("u1", device)] {
            let json = try canonical(
                #"{"event":"$create_alias","distinct_id":"\#(distinct)","properties":{"alias":"\#(other)"}}"#
            )
            #expect(json["type"]?.string == "alias")
            #expect(json["userId"]?.string == "u1")
            #expect(json["previousId"]?.string == device)
        }
        let plain = try canonical(#"{"event":"$create_alias","distinct_id":"a","properties":{"alias":"b"}}"#)
        #expect(plain["userId"]?.string == "a")
        #expect(plain["previousId"]?.string == "b")
        let python = try canonical(
            #"{"event":"$create_alias","distinct_id":"a","properties":{"alias":"b","$lib":"posthog-python"}}"#
        )
        #expect(python["userId"]?.string == "b")
        let half = #"{"event":"$create_alias","distinct_id":"a","properties":{}}"#
        #expect(try refusal(half, dialect: .posthog) == .missingAlias)
    }

    @Test("about a group is about the person who is in it, or about the group alone")
    func group() throws {
        let member = """
            {"event":"$groupidentify","distinct_id":"u1",
            "properties":{"$group_type":"company","$group_key":"acme","$group_set":{"size":9}}}
            """
        let json = try canonical(member)
        #expect(json["type"]?.string == "group")
        #expect(json["userId"]?.string == "u1")
        #expect(json["groupId"]?.string == "acme")
        #expect(json["groupType"]?.string == "company")
        #expect(json["traits"]?["size"]?.int64 == 9)
        let alone = try canonical(
            #"{"event":"$groupidentify","distinct_id":"$company_acme","properties":{"$group_type":"company","$group_key":"acme"}}"#
        )
        #expect(alone["userId"] == nil)
        let external = alone["context"]?["externalIds"]?.elements.first { _ in true }
        #expect(external?["type"]?.string == "group")
        #expect(external?["id"]?.string == "company:acme")
    }

    @Test("of a page or screen is one")
    func pages() throws {
        let page = try admit(
            #"{"event":"$pageview","distinct_id":"u","properties":{"$current_url":"https://a.b/c","title":"C"}}"#,
            dialect: .posthog
        )
        #expect(page.type == .page)
        #expect(page.name == "C")
        #expect(try page.json["properties"]?["url"]?.string == "https://a.b/c")
        #expect(try page.json["context"]?["page"]?["url"]?.string == "https://a.b/c")
        let screen = #"{"event":"$screen","distinct_id":"u","properties":{"$screen_name":"Home"}}"#
        #expect(try admit(screen, dialect: .posthog).name == "Home")
    }

    @Test("of a page has no name where its title can be none", arguments: ["", String(repeating: "x", count: 1025)])
    func title(text: String) throws {
        let page = try admit(
            #"{"event":"$pageview","distinct_id":"u","properties":{"title":"\#(text)"}}"#,
            dialect: .posthog
        )
        #expect(page.name == nil)
        #expect(try page.json["name"] == nil)
        #expect(try page.json["properties"]?["title"]?.string == text)
    }

    @Test("has its times corrected, unless it says not to")
    func times() throws {
        let head = #"{"api_key":"k","sent_at":"2026-01-01T10:00:00Z","#
        let event = #""event":"x","distinct_id":"u","timestamp":"2026-01-01T09:59:00Z""#
        #expect(try admit(head + #""batch":[{\#(event)}]}"#).times.timestamp == Timestamp("2026-01-01T11:59:00Z"))
        let ignoring = #""batch":[{\#(event),"properties":{"$ignore_sent_at":true}}]}"#
        #expect(try admit(head + ignoring).times.timestamp == Timestamp("2026-01-01T09:59:00Z"))
        let option = #""batch":[{\#(event),"options":{"disable_skew_correction":true}}]}"#
        #expect(try admit(head + option).times.timestamp == Timestamp("2026-01-01T09:59:00Z"))
        let migrated = try admit(head + #""historical_migration":true,"batch":[{\#(event)}]}"#)
        #expect(migrated.historical)
        #expect(migrated.times.timestamp == Timestamp("2026-01-01T09:59:00Z"))
    }

    @Test("may say how long ago it was, which is no time that it could be known again by")
    func ago() throws {
        let ago = try admit(#"{"event":"x","distinct_id":"u","offset":60000}"#, dialect: .posthog)
        #expect(ago.times.timestamp == Timestamp("2026-01-01T11:59:00Z"))
        #expect(ago.times.original == nil)
        #expect(try ago.json["timestamp"] == nil)
        let absurd = try admit(#"{"event":"x","distinct_id":"u","offset":9000000000000}"#, dialect: .posthog)
        #expect(absurd.times.timestamp == noon)
        #expect(absurd.warningCodes == [.implausibleTime])
    }

    @Test("is refused for what is wrong with it")
    func refusals() throws {
        func code(_ text: String) throws -> Refusal.Code? { try refusal(text, dialect: .posthog) }
        #expect(try code(#"{"distinct_id":"u"}"#) == .missingEvent)
        #expect(try code(#"{"event":"x"}"#) == .missingID)
        #expect(try code(#"{"event":"x","distinct_id":"anonymous"}"#) == .illegalID)
        #expect(try code(#"{"event":"x","distinct_id":{}}"#) == .invalidField)
        #expect(try code(#"{"event":"x","distinct_id":"u","properties":[1]}"#) == .invalidField)
        #expect(try code(#"{"event":"$snapshot","distinct_id":"u"}"#) == .unsupported)
        #expect(try admit(#"{"event":"x","distinct_id":7}"#, dialect: .posthog).orderingKey == "7")
    }

    @Test("does not carry its key into the log")
    func key() throws {
        let event = #"{"event":"x","distinct_id":"u","api_key":"kw_secret","properties":{"token":"kw_secret","a":1}}"#
        #expect(!(try admit(event, dialect: .posthog).text.contains("kw_secret")))
        for name in KeyNames.body {
            let beside =
                #"{"event":"x","distinct_id":"u","\#(name)":"kw_secret","properties":{"\#(name)":"kw_secret"}}"#
            #expect(!(try admit(beside, dialect: .posthog).text.contains("kw_secret")))
        }
        let own = #"{"event":"x","distinct_id":"u","properties":{"token":"mine"}}"#
        #expect(try canonical(own)["properties"]?["token"]?.string == "mine")
    }
}
