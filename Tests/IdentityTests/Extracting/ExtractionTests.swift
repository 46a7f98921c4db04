import Events
import Identity
import Testing

@Suite("What an event says about identities")
struct ExtractionTests {
    let rules = Rules()

    func facts(
        _ type: EventType,
        _ event: String,
        name: String? = nil,
        userNamespace: String? = nil
    ) throws -> EventFacts {
        let header = EventHeader(
            source: "web",
            userNamespace: userNamespace,
            messageID: "m",
            type: type,
            name: name,
            timestamp: Timestamp(microseconds: 1),
            receivedAt: Timestamp(microseconds: 2)
        )
        return rules.facts(of: try EventEnvelope(decoding: header.encode(event: Array(event.utf8))))
    }

    func names(_ facts: EventFacts) -> [String] { facts.identifiers.map(\.description) }

    @Test("a track event of one of the names ends a login, however long that is, and no page does")
    func endsLogin() {
        let name = "로그아웃 " + String(repeating: "Signed Out of the Shop ", count: 4)
        var rules = Rules()
        rules.signOutEvents = [name.lowercased()]
        #expect(rules.endsLogin(.track, named: name))
        #expect(!rules.endsLogin(.page, named: name))
        #expect(!rules.endsLogin(.track, named: "Signed Out") && !rules.endsLogin(.track, named: nil))
    }

    @Test("names are in the order of their strength, each once")
    func order() throws {
        let facts = try facts(
            .identify,
            """
            {"anonymousId":"a-1","userId":"42","traits":{"email":"Ada@Example.com","phone":"+1 201 555 0123"},
             "context":{"device":{"id":"d-1","advertisingId":"i-1"},"traits":{"email":"ada@example.com"},
             "externalIds":[{"id":"cus_1","type":"Shop.Customer"},{"id":"003","type":"crm.contact"},{"id":"42","type":"user_id"}]}}
            """
        )
        #expect(
            names(facts) == [
                "user:42", "crm.contact:003", "shop.customer:cus_1", "email:ada@example.com", "phone:+12015550123",
                "device:d-1", "device:i-1", "anonymous:a-1",
            ]
        )
        #expect(facts.links.map(\.left) == Array(repeating: 0, count: 7))
        #expect(facts.links.map(\.right) == Array(1...7))
    }

    @Test("what RudderStack calls externalId names the person as externalIds does")
    func externalID() throws {
        let lists =
            #""externalIds":[{"id":"7","type":"crm.contact"}],"externalId":[{"id":"x-1","type":"brazeExternalId"}]"#
        #expect(
            names(try facts(.identify, #"{"userId":"u","context":{\#(lists)}}"#))
                == ["user:u", "crm.contact:7", "brazeexternalid:x-1"]
        )
        #expect(names(try facts(.identify, #"{"userId":"u","context":{"externalId":"x-1"}}"#)) == ["user:u"])
    }

    @Test("a namespace is the same however its letters are composed, and none whose name then has a colon")
    func composedNamespace() throws {
        func named(_ type: String) throws -> [String] {
            names(try facts(.track, #"{"context":{"externalIds":[{"id":"x","type":"\#(type)"}]}}"#))
        }
        // As bytes; `String` holds more for equal.
        #expect(try named("Cafe\u{301}.id").map { Array($0.utf8) } == [Array("caf\u{e9}.id:x".utf8)])
        #expect(rules.normalized("cafe\u{301}.id", "x") == Identifier("caf\u{e9}.id", "x"))
        #expect(try named("a\u{ff1a}b").isEmpty)
    }

    @Test("the source says which namespace its user ids are in")
    func namespace() throws {
        #expect(names(try facts(.track, #"{"userId":"c7"}"#, userNamespace: "crm.contact")) == ["crm.contact:c7"])
    }

    @Test("null, junk and other types name nobody")
    func nobody() throws {
        let event = """
            {"userId":null,"anonymousId":"undefined","traits":{"email":7,"phone":{}},
             "context":{"externalIds":[{"id":"x"},{"type":"t"},{"id":"x","type":"a b"},{"id":"x","type":"a:b"},3]}}
            """
        #expect(names(try facts(.identify, event)).isEmpty)
    }

    @Test("a number is as good as its digits")
    func number() throws {
        #expect(
            names(try facts(.track, #"{"userId":"u","context":{"externalIds":[{"id":7,"type":"shop.customer"}]}}"#))
                == ["user:u", "shop.customer:7"]
        )
    }

    @Test("an order's address is its buyer's, another event's may be anybody's")
    func orders() throws {
        let event = #"{"userId":"u","properties":{"email":"b@example.org"}}"#
        #expect(names(try facts(.track, event, name: "Order Completed")) == ["user:u", "email:b@example.org"])
        #expect(names(try facts(.track, event, name: "Invite Sent")) == ["user:u"])
    }

    @Test("an alias is understood whichever way round it is written")
    func alias() throws {
        let device = "8f14e45f-ceea-467f-a9d1-0123456789ab"
        for event in [
            #"{"userId":"u","previousId":"\#(device)"}"#, #"{"userId":"\#(device)","previousId":"u"}"#,
        ] {
            let facts = try facts(.alias, event)
            #expect(names(facts) == ["user:u", "anonymous:\(device)"])
            #expect(facts.links.count == 1)
        }
    }

    @Test("an alias of an id that says nothing of its kind names it as both")
    func ambiguousAlias() throws {
        let facts = try facts(.alias, #"{"userId":"new","previousId":"old"}"#)
        #expect(names(facts) == ["user:new", "user:old", "anonymous:old"])
    }

    @Test("whatever an alias names is the present id's, however the two are spelled", arguments: ["a", "z"])
    func presentFirst(present: String) throws {
        let facts = try facts(
            .alias,
            #"{"userId":"\#(present)","previousId":"m","traits":{"email":"ann@example.org"}}"#
        )
        #expect(names(facts) == ["user:\(present)", "user:m", "email:ann@example.org", "anonymous:m"])
        #expect(facts.links.map(\.left) == [0, 0, 0])
        #expect(facts.links.last?.device == .login)
    }

    @Test("an alias says that two are the same also where the event names something stronger")
    func aliasUnderStronger() throws {
        let event = """
            {"userId":"c2","previousId":"c1","context":{"externalIds":[{"id":"u","type":"user"}]}}
            """
        let facts = try facts(.alias, event, userNamespace: "shop.customer")
        #expect(names(facts) == ["user:u", "shop.customer:c2", "shop.customer:c1", "anonymous:c1"])
        #expect(facts.links.map { [$0.left, $0.right] } == [[0, 1], [0, 2], [0, 3], [1, 2]])
        #expect(facts.links.map(\.strength.isAlias) == [false, false, false, true])
    }

    @Test("traits are what identify says and what the context carries")
    func traits() throws {
        let facts = try facts(
            .identify,
            #"{"userId":"u","groupId":"g","traits":{"plan":"pro","age":null},"context":{"traits":{"plan":"free","vip":true}}}"#
        )
        let seen = Dictionary(uniqueKeysWithValues: facts.observations.map { ($0.trait, $0.value) })
        #expect(seen == ["plan": "\"pro\"", "age": "null", "vip": "true", "groupId": "\"g\""])
    }

    @Test("a group's traits are not the person's")
    func group() throws {
        let facts = try facts(
            .group,
            #"{"userId":"u","groupId":"g","traits":{"name":"Acme","email":"hq@acme.example"}}"#
        )
        #expect(facts.observations.map(\.trait) == ["groupId"])
        #expect(names(facts) == ["user:u"])
    }

    @Test("evidence with a login outweighs that between an address and a device")
    func strength() throws {
        let login = try facts(.track, #"{"userId":"u","anonymousId":"a"}"#)
        let form = try facts(.identify, #"{"anonymousId":"a","traits":{"email":"ada@shop.example"}}"#)
        let strong = try #require(login.links.first)
        let weak = try #require(form.links.first)
        #expect(strong.strength > weak.strength)
    }

    @Test(
        "a phone number without a calling code is one of the country that the event says",
        arguments: [
            (#""traits":{"phone":"010-1234-5678","address":{"country":"KR"}}"#, "phone:+821012345678"),
            (#""traits":{"phone":"010-1234-5678","country":"kr"}"#, "phone:+821012345678"),
            (#""traits":{"phone":"020 7946 0018","address":{"country_code":"UK"}}"#, "phone:+442079460018"),
            (
                #""traits":{"phone":"020 7946 0018"},"context":{"traits":{"address":{"country":"GB"}}}"#,
                "phone:+442079460018"
            ),
            (#""context":{"traits":{"phone":"010-1234-5678","country":" KR "}}"#, "phone:+821012345678"),
            // What is no country's code says nothing, and neither does the language of a browser.
            (
                #""traits":{"phone":"2015550123","country":"United States","address":{"country":"Land"}}"#,
                "phone:+12015550123"
            ),
            (
                #""traits":{"phone":"2015550123","country":7,"address":"Seoul"},"context":{"locale":"ko-KR"}"#,
                "phone:+12015550123"
            ),
            (#""traits":{"phone":"+12015550123","country":"KR"}"#, "phone:+12015550123"),
        ]
    )
    func country(fields: String, expected: String) throws {
        #expect(names(try facts(.identify, "{\(fields)}")) == [expected])
    }

    @Test(
        "the event's country holds for phone numbers in every place",
        arguments: [
            (#""userId":"u","context":{"externalIds":[{"id":"010-1234-5678","type":"phone"}]}"#, "user"),
            (#""userId":"010-1234-5678""#, "phone"),
        ]
    )
    func countryInEveryPlace(fields: String, namespace: String) throws {
        let event = #"{"traits":{"address":{"country":"KR"}},\#(fields)}"#
        #expect(names(try facts(.identify, event, userNamespace: namespace)).last == "phone:+821012345678")
    }

    @Test(
        "an order says its buyer's country by where the bill or the goods go as well",
        arguments: [
            #""shipping":{"country":"KR"}"#, #""shipping_address":{"country_code":"KR"}"#,
            #""shippingAddress":{"countryCode":"KR"}"#, #""billing":{"country":"KR"},"shipping":{"country":"GB"}"#,
            #""billing_address":{"country":"KR"}"#, #""billingAddress":{"address":{"country":"KR"}},"shipping":5"#,
            #""address":{"country":"KR"},"billing":{"country":"GB"}"#,
        ]
    )
    func countryOfOrder(addresses: String) throws {
        let order = #"{"userId":"u","properties":{"phone":"010-1234-5678",\#(addresses)}}"#
        #expect(names(try facts(.track, order, name: "Order Completed")) == ["user:u", "phone:+821012345678"])
        let other = #"{"userId":"u","context":{"traits":{"phone":"2015550123"}},"properties":{\#(addresses)}}"#
        #expect(names(try facts(.track, other, name: "Invite Sent")) == ["user:u", "phone:+12015550123"])
    }

    @Test("an order says its buyer's country, a group only its own")
    func countryOfOthers() throws {
        let order = #"{"userId":"u","properties":{"phone":"010-1234-5678","address":{"country":"KR"}}}"#
        #expect(names(try facts(.track, order, name: "Order Completed")) == ["user:u", "phone:+821012345678"])
        let group = #"{"userId":"u","traits":{"country":"KR"},"context":{"traits":{"phone":"2015550123"}}}"#
        #expect(names(try facts(.group, group)) == ["user:u", "phone:+12015550123"])
    }
}
