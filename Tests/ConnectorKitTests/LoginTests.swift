import Events
import Testing
import YAML

@testable import ConnectorKit

@Suite("A login by a JSON Web Token")
struct LoginTests {
    private let world = World(.page([]), .page([]), .page([]))

    private func parts(_ world: World, _ index: Int) throws -> JSONValue {
        let header = try #require(world.authorizations.dropFirst(index).first)
        return try #require(JSONWebToken.contents(of: String(header.dropFirst("Bearer ".count))))
    }

    @Test("shows one that is made here, until shortly before it expires")
    func isMadeHere() async throws {
        let source = try world.source(signedShop, ["key": "s3cret"])
        _ = await world.run(source)
        world.advance(by: .seconds(239))
        _ = await world.run(source)
        world.advance(by: .seconds(2))
        let run = await world.run(source)
        #expect(run.failure == nil)
        let tokens = world.authorizations
        #expect(tokens.count == 3 && tokens[0] == tokens[1] && tokens[1] != tokens[2])
        #expect(
            try parts(world, 0) == [
                "header": ["alg": "HS256", "typ": "JWT", "kid": "k1"],
                "claims": ["iss": "kith", "iat": 1_764_288_000, "exp": 1_764_288_300],
            ]
        )
        #expect(try parts(world, 2)["claims"]?["iat"] == 1_764_288_241)
    }

    @Test("keeps no token that can be made again")
    func keepsNothing() async throws {
        _ = await world.run(try world.source(signedShop, ["key": "s3cret"]))
        #expect(await world.vault.value("oauth2") == nil)
    }

    @Test("is a wrong setting when the vendor refuses what is made anew as well")
    func isRefused() async throws {
        let world = World(.status(401), .status(401))
        let run = await world.run(try world.source(signedShop, ["key": "s3cret"]))
        #expect(run.failure?.kind == .configuration)
    }

    @Test("keeps a rotated refresh token when settings change that it is not got by")
    func keepsRotated() async throws {
        let manifest = login.replacing("  token: {", with: "  region: {summary: A region., optional: true}\n  token: {")
        let first = World(.token("a1", refresh: "r2"), .page([]))
        _ = await first.run(try first.source(manifest))
        let second = World(.token("a2"), .page([]), vault: first.vault)
        second.advance(by: .seconds(3600))
        _ = await second.run(try second.source(manifest, ["region": "eu"]))
        #expect(second.forms == ["grant_type=refresh_token&client_id=kith&refresh_token=r2"])
    }

    @Test(
        "says that it is the access token that there is none of, and why",
        arguments: [
            ("access_token=a1", "No access token: the server's answer is no JSON object."),
            ("{}", "No access token: the server's answer has no “access_token”."),
            (
                #"{"access_token":null,"error":"bad"}"#,
                "No access token: the server's answer has no “access_token”: bad."
            ),
        ]
    )
    func saysWhatIsMissing(body: String, problem: String) async throws {
        let world = World(.json(200, body))
        let run = await world.run(try world.source(login))
        #expect(run.failure?.kind == .system)
        #expect(run.failure?.problem.hasSuffix(problem) == true, "\(run.failure?.problem ?? "")")
    }

    @Test("says that it is the server of access tokens that is down")
    func saysWhoIsDown() async throws {
        let world = World(replies: Array(repeating: .json(503, #""Down""#), count: 6))
        let run = await world.run(try world.source(login))
        #expect(run.failure?.kind == .transient)
        #expect(run.failure?.problem.hasSuffix("No access token: The server answered 503: Down") == true)
    }

    @Test("says that the key is wrong, without the key")
    func refusesKey() async throws {
        let world = World()
        let run = await world.run(try world.source(exchangingShop, ["key": "s3cret"]))
        #expect(run.failure?.kind == .configuration)
        #expect(run.failure?.problem.contains("no private RSA key") == true)
        #expect(run.failure?.problem.contains("s3cret") == false)
        #expect(world.addresses.isEmpty)
    }

    @Test("exchanges it for an access token, and that for another when it expires")
    func isExchanged() async throws {
        let world = World(.token("t1"), .page([]), .token("t2"), .page([]))
        let source = try world.source(exchangingShop, ["key": .string(rsaKey)])
        _ = await world.run(source)
        world.advance(by: .seconds(3600))
        let run = await world.run(source)
        #expect(run.failure == nil)
        #expect(world.authorizations == ["Bearer t1", "Bearer t2"])
        let fields = FormText.fields(of: try #require(world.forms.first))
        #expect(fields.map(\.name) == ["grant_type", "assertion", "client_id"])
        #expect(fields.first?.value == "urn:ietf:params:oauth:grant-type:jwt-bearer")
        #expect(JSONWebToken.contents(of: fields[1].value)?["claims"]?["aud"] == "https://shop.test/token")
    }

    @Test("is refused in a manifest that says two things, or too little", arguments: wrongLogins)
    func isChecked(login: String, words: String) {
        let text = shop.replacing(#"{bearer: \($settings.token)}"#, with: login)
        let error = #expect(throws: YAMLError.self) { try Manifest(name: "shop", text) }
        #expect(error?.problem.contains(words) == true)
    }

    @Test("is the first of several whose condition holds")
    func isChosen() async throws {
        _ = await world.run(try world.source(eitherShop, ["token": "t1"]))
        _ = await world.run(try world.source(eitherShop, ["user": "ann"]))
        _ = await world.run(try world.source(eitherShop))
        #expect(world.authorizations == ["Bearer t1", "Basic YW5uOng="])
    }
}

/// One that takes tokens that are made here.
private let signedShop = shop.replacing("default: t1", with: "optional: true")
    .replacing("token: {summary", with: "key: {summary")
    .replacing(
        #"{bearer: \($settings.token)}"#,
        with: #"{jwt: {algorithm: HS256, key: \($settings.key), id: k1, claims: '{iss: "kith"}', lifetime: 5m}}"#
    )

/// One whose access tokens are got by them.
private let exchangingShop = shop.replacing("default: t1", with: "optional: true")
    .replacing("token: {summary", with: "key: {summary")
    .replacing(
        #"{bearer: \($settings.token)}"#,
        with: #"""

                oauth2:
                  url: https://shop.test/token
                  jwt: {algorithm: RS256, key: \($settings.key), claims: '{aud: "https://shop.test/token"}'}
                  parameters: {client_id: kith}
            """#
    )

private let wrongLogins = [
    ("{oauth2: {url: x, grant: password, jwt: {algorithm: HS256, key: x, claims: '{}'}}}", "not both"),
    ("{oauth2: {url: x, grant: 'urn:ietf:params:oauth:grant-type:jwt-bearer'}}", "written as “jwt”"),
    ("{jwt: {algorithm: RS256, key: x, encoding: hex, claims: '{}'}}", "Only a key for HS256"),
    ("{jwt: {algorithm: RS512, key: x, claims: '{}'}}", "RS256"), ("{jwt: {algorithm: HS256, key: x}}", "claims"),
]

private let eitherShop = shop.replacing(
    "default: t1}",
    with: "optional: true}\n  user: {summary: A name., optional: true}"
)
.replacing(
    #"{bearer: \($settings.token)}"#,
    with: #"""

            - {when: $settings.token, bearer: \($settings.token)}
            - {when: $settings.user, basic: {user: \($settings.user), password: x}}
        """#
)
