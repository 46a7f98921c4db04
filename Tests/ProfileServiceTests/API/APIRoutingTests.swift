import Events
import HTTPTypes
import Hummingbird
import MessageLog
import ServiceKit
import Store
import Testing
import Topics

@testable import ProfileService

@Suite("The API's door", .serialized)
struct APIRoutingTests {
    /// A path with something in the place of each variable.
    private func sample(_ endpoint: Endpoint) -> String {
        endpoint.pathParameters.reduce(endpoint.path) { path, parameter in
            path.replacing("{\(parameter.name)}", with: PercentEncoding.encode(parameter.example))
        }
    }

    @Test("admits to every route exactly the keys that its scope names")
    func scopes() async throws {
        let bench = try Bench()
        for endpoint in bench.api.endpoints where endpoint.scope != .open && !endpoint.isStream {
            for scope in [nil] + GrantedKey.Scope.allCases {
                let body = endpoint.body.map { $0 == "NewKey" ? #"{"scope":"read"}"# : "{}" }
                let answer = try await bench.call(endpoint.method, sample(endpoint), as: scope, body: body)
                let isAdmitted = endpoint.scope.allows(
                    scope.map { GrantedKey(id: "", scope: $0, source: "", hash: "", createdAt: Bench.now) }
                )
                let refusal = scope == nil ? 401 : 403
                #expect((answer.status == refusal) == !isAdmitted, "\(endpoint.name) as \(scope?.rawValue ?? "nobody")")
                #expect(answer.status < 500, "\(endpoint.name)")
            }
        }
    }

    @Test("has a scope for every route, and none of them is open but the description")
    func openRoutes() throws {
        let bench = try Bench()
        let all = bench.api.described(bench.api.endpoints)
        #expect(all.filter { $0.scope == .open }.map(\.name) == ["getDescription"])
        #expect(Set(all.map(\.name)).count == all.count)
    }

    @Test("says what is wrong with a key that does not exist", arguments: ["/v1/keys", "/v1/profiles/email:a@b.c"])
    func wrongKey(path: String) async throws {
        let answer = try await Bench().call(
            .get,
            path,
            as: nil,
            headers: [.authorization: "Bearer kr_nonsense"]
        )
        #expect(answer.status == 401)
        #expect(answer.headers[.wwwAuthenticate] == "Bearer realm=\"kith\"")
        #expect(answer.json["code"] == "invalid_key")
        #expect(answer.json["message"] == answer.json["detail"])
    }

    @Test("takes the key as Bearer, as the user name of Basic, and as X-Api-Key")
    func waysOfPassingTheKey() async throws {
        let bench = try Bench()
        let basic = "Basic " + Base64.encode(Array("\(Bench.secret(.read)):".utf8))
        for (name, value) in [
            ("Authorization", "Bearer \(Bench.secret(.read))"), ("Authorization", basic),
            ("X-Api-Key", Bench.secret(.read)),
        ] {
            let header = try #require(HTTPField.Name(name))
            let answer = try await bench.call(.get, "/v1/status", as: nil, headers: [header: value])
            #expect(answer.status == 200, "\(name)")
        }
    }

    @Test(
        "names the known parameters when it refuses one",
        arguments: [
            ("verbos=true", "unknown_parameter"), ("verbose=maybe", "invalid_parameter"),
            ("verbose=true&verbose=true", "repeated_parameter"), ("verbose=%zz", "invalid_parameter"),
        ]
    )
    func parameters(query: String, code: String) async throws {
        let answer = try await Bench().call(.get, "/v1/profiles/email:a@b.c?\(query)")
        #expect(answer.status == 400)
        #expect(answer.json["code"] == .string(code))
        if code == "unknown_parameter" { #expect(answer.text.contains("verbose")) }
    }

    @Test("answers a method that a path does not have with those that it has")
    func methods() async throws {
        let bench = try Bench()
        let answer = try await bench.call(.delete, "/v1/profiles/search")
        #expect(answer.status == 405)
        #expect(answer.headers[.allow] == "POST")
        let head = try await bench.call(.head, "/v1/status")
        #expect(head.status == 200)
        #expect(head.body.isEmpty)
    }

    @Test(
        "refuses bodies that are no JSON object, too large, or have unknown fields",
        arguments: [
            ("nonsense", 400, "invalid_json"), ("[]", 400, "invalid_body"), (#"{"limit":0}"#, 400, "invalid_field"),
            (#"{"where":{"trait":"a"}}"#, 400, "invalid_condition"), (#"{"were":{}}"#, 400, "unknown_field"),
            (#"{"a":1,"a":2}"#, 400, "invalid_json"), (String(repeating: "[", count: 10_000), 400, "invalid_json"),
            (String(repeating: " ", count: 1 << 20) + "{}", 413, "body_too_large"),
            (#"{"cursor":"!"}"#, 400, "invalid_cursor"), (#"{"total":"yes"}"#, 400, "invalid_field"),
        ]
    )
    func bodies(body: String, status: Int, code: String) async throws {
        let answer = try await Bench().call(.post, "/v1/profiles/search", body: body)
        #expect(answer.status == status)
        #expect(answer.json["code"] == .string(code))
    }

    @Test("gives up on what takes too long")
    func deadline() async throws {
        await #expect(throws: APIError.tookTooLong(.milliseconds(5))) {
            try await withDeadline(.milliseconds(5)) { try await Task.sleep(for: .seconds(60)) }
        }
    }

    @Test("answers with what was done although it took too long, as nobody could break it off")
    func late() async throws {
        let answer = try await withDeadline(.milliseconds(5)) {
            _ = await Task.detached { try? await Task.sleep(for: .milliseconds(200)) }.value
            return 7
        }
        #expect(answer == 7)
    }

    @Test("says that the service is stopping to who is cut off by that while he waits for the log")
    func cutOff() {
        #expect(APIError(translating: MessageLogError.cancelled) == .stopping)
    }

    @Test(
        "decodes percent-encoding strictly",
        arguments: [
            ("a%2Fb", "a/b"), ("%25", "%"), ("%E2%82%AC", "€"), ("a+b", "a+b"), ("", ""), ("%", nil), ("%4", nil),
            ("%4g", nil), ("%ff", nil), ("%00", nil), ("%C0%AF", nil), ("%ED%A0%80", nil),
        ] as [(String, String?)]
    )
    func percentDecoding(text: String, expected: String?) {
        #expect(PercentEncoding.decode(text) == expected)
        if let expected { #expect(PercentEncoding.decode(PercentEncoding.encode(expected)) == expected) }
    }
}
