import Testing
import YAML

@testable import ConnectorKit

@Suite("A manifest")
struct ManifestTests {
    @Test("reads what a connector is")
    func reads() throws {
        let manifest = try Manifest(name: "shop", valid)
        #expect(manifest.name == "shop")
        #expect(manifest.title == "Shop")
        #expect(manifest.category == .commerce)
        #expect(manifest.summary == "Who buys what.")
        #expect(manifest.isSource)
        #expect(manifest.isDestination)
        #expect(manifest.streams.map(\.name) == ["customers", "orders"])
        #expect(manifest.actions.map(\.name) == ["addNote"])
        #expect(manifest.http?.budget == HTTPDeclaration.Budget(requests: 2, per: .seconds(1)))
    }

    @Test("reads the settings, in their order")
    func readsSettings() throws {
        let settings = try Manifest(name: "shop", valid).settings
        #expect(settings.map(\.name) == ["apiKey", "since", "region", "channels"])
        #expect(settings.map(\.kind) == [.text, .time, .text, .list])
        #expect(settings.map(\.isRequired) == [true, false, false, false])
        #expect(settings.map(\.isSecret) == [true, false, false, false])
        #expect(settings.map(\.choices) == [nil, nil, ["us", "eu"], nil])
        #expect(settings.map(\.fallback) == [nil, "2026-01-01T00:00:00Z", "us", nil])
    }

    @Test("shows what there is in it")
    func outlines() throws {
        let outline = try Manifest(name: "shop", valid).outline
        #expect(outline.streams.map { $0.0 } == ["customers", "orders"])
        #expect(outline.streams.map { $0.1 } == ["Everybody.", "What they buy."])
        #expect(outline.webhook == "Subscribe to everything.")
        #expect(outline.actions.map { $0.1 } == ["Adds a note. Takes text."])
    }

    @Test("may only receive, without knowing whom to ask")
    func mayOnlyReceive() throws {
        let manifest = try Manifest(
            name: "bell",
            #"""
            title: Bell
            category: generic
            summary: Rings.
            webhook:
              summary: Ring.
              verify: {token: {header: X-Token, secret: \($now)}}
              events: empty
            """#
        )
        #expect(manifest.isSource)
        #expect(!manifest.isDestination)
        #expect(manifest.http == nil)
    }

    @Test("says what is wrong with it, and on which line", arguments: broken)
    func saysWhatIsWrong(broken: Broken) {
        #expect(valid.contains(broken.old))
        let text = valid.replacing(broken.old, with: broken.new, maxReplacements: 1)
        let error = #expect(throws: YAMLError.self) { try Manifest(name: "shop", text) }
        #expect(error?.line == broken.line)
        for word in broken.words { #expect(error?.problem.contains(word) == true, "\(error?.problem ?? "")") }
    }

    @Test("may compute the name of a setting, and have any in a comment")
    func mayComputeNames() throws {
        let records = ##"'.data[] | select(($settings["kind"] // "#") != "x") # not $settings.kind'"##
        let manifest = try Manifest(name: "shop", valid.replacing(".data[]", with: records))
        #expect(manifest.streams.count == 2)
    }

    @Test("has to have something to do")
    func hasToDoSomething() {
        let text = "title: Shop\ncategory: commerce\nsummary: Who buys what.\n"
        let error = #expect(throws: YAMLError.self) { try Manifest(name: "shop", text) }
        #expect(error?.line == 1)
        #expect(error?.problem.contains("nothing to do") == true)
    }

    @Test("is not empty", arguments: blanks)
    func isNotEmpty(text: String) {
        #expect(throws: YAMLError.self) { try Manifest(name: "shop", text) }
    }
}

/// A manifest with one thing in it put in another's place.
struct Broken: Sendable, CustomTestStringConvertible {
    let old: String
    let new: String
    let line: Int
    let words: [String]

    init(_ old: String, _ new: String, line: Int, _ words: String...) {
        self.old = old
        self.new = new
        self.line = line
        self.words = words
    }

    var testDescription: String { new.isEmpty ? "without \(old)" : new }
}

private let blanks = ["", "# later\n"]

private let broken = [
    Broken("summary: Who", "sumary: Who", line: 3, "“sumary”", "Did you mean “summary”?"),
    Broken("title: Shop\n", "", line: 1, "“title”"),
    Broken("commerce", "comerce", line: 2, "“category”", "“comerce”", "“commerce”"),
    Broken("type: time", "type: date", line: 10, "“type”", "“date”"),
    Broken("default: \"2026-01-01T00:00:00Z\"", "default: soon", line: 11, "“default”", "“since” is not a time"),
    Broken("optional: true", "default: web", line: 19, "“default”", "“optional”"),
    Broken("bearer: \\($settings.apiKey)", "bearer: a\n    jwt: {}", line: 23, "“auth”", "only one"),
    Broken("default: us", "required: yes", line: 15, "“region”", "“required”"),
    Broken("    choices: [us, eu]", "    type: integer\n    choices: [us, eu]", line: 13, "choices"),
    Broken("per: 1s", "per: soon", line: 24, "“per”", "time span"),
    Broken("requests: 2", "requests: 0", line: 24, "“requests”", "1000000"),
    Broken("as: permission", "as: annoying", line: 26, "“as”", "“annoying”"),
    Broken("status: 400, ", "", line: 26, "“status”", "“when”"),
    Broken("http:\n", "htpp:\n", line: 20, "“htpp”", "Did you mean “http”?"),
    Broken(http, "", line: 1, "“http”"),
    Broken("GET /customers", "FETCH /customers", line: 30, "“request”", "GET /v1/customers"),
    Broken("GET /customers", "GET", line: 30, "“request”"),
    Broken("{limit: 100}", "[limit]", line: 31, "“query”"),
    Broken(".data[]", ".data[", line: 32, "“records”", "“.data[”"),
    Broken("{cursor: .next, as: cursor}", "{size: 100}", line: 33, "“page”", "cursor"),
    Broken("{cursor: .next, as: cursor}", "{number: page}", line: 33, "“size”", "“total”"),
    Broken("{cursor: .next, as: cursor}", "{offset: from}", line: 33, "“page”", "“size”"),
    Broken("format: seconds", "format: value", line: 34, "“lookback”"),
    Broken("lookback: 1h", "lookback: 1 hour", line: 34, "“lookback”", "time span"),
    Broken("    key: .id\n", "", line: 29, "“customers”", "“key”"),
    Broken("{name})", "{name}", line: 36, "“events”"),
    Broken(#"\($each)"#, #"\($each"#, line: 39, "“request”", #"\("#),
    Broken("$each", "$eech", line: 39, "“request”", "$eech"),
    Broken("stream: customers", "stream: people", line: 40, "“orders”", "“people”"),
    Broken("stream: customers", "stream: orders", line: 40, "“orders”"),
    Broken("stream: customers", "in: '.[]', stream: customers", line: 40, "“each”", "only one"),
    Broken("{cursor: .next, as: cursor}", "{cursor: .next, link: next}", line: 33, "“page”", "only one"),
    Broken("{cursor: .next, as: cursor}", "{next: .next, while: .more}", line: 33, "“page”", "“while”"),
    Broken("since: {field: .updated", "since: {answer: .now, field: .updated", line: 34, "“since”", "only one"),
    Broken("    hmac: sha256\n", "    hmac: sha256\n    standard: \\($now)\n", line: 46, "“verify”", "only one"),
    Broken("  apiKey:\n", "  name: {summary: A., optional: true}\n  apiKey:\n", line: 5, "“name”", "another name"),
    Broken("  apiKey:\n", "  interval: {summary: A., optional: true}\n  apiKey:\n", line: 5, "“interval”"),
    Broken("  apiKey:\n", "  historical: {summary: A., optional: true}\n  apiKey:\n", line: 5, "“historical”"),
    Broken("  apiKey:\n", "  concurrency: {summary: A., optional: true}\n  apiKey:\n", line: 5, "“concurrency”"),
    Broken(", value: .id", "", line: 40, "“each”", "“value”"),
    Broken("sha256", "md5", line: 46, "“hmac”", "“md5”"),
    Broken("{timestamp}.{body}", "{timestamp}", line: 48, "“signed”", "{body}"),
    Broken(#"    secret: \($settings.apiKey)"#, "    sekret: s", line: 49, "“verify”", "“sekret”"),
    Broken("    body: '{text}'", "    body: '{text}'\n    form: {a: b}", line: 57, "“body”", "“form”"),
    Broken("  addNote:", "  add-note:", line: 52, "“add-note”"),
    Broken("bearer: \\($settings.apiKey)", "bearer: \\($settings.apiKy)", line: 23, "“apiKy”", "mean “apiKey”?"),
    Broken("{limit: 100}", "{limit: 'a-\\($settings.limit)'}", line: 31, "no setting “limit”; known are “apiKey”"),
    Broken("http:\n", "define: 'def k: $settings.apiKy;'\nhttp:\n", line: 20, "There is no setting “apiKy”"),
]

private let http = #"""
    http:
      url: https://api.shop.test
      auth:
        bearer: \($settings.apiKey)
      budget: {requests: 2, per: 1s}
      errors:
        - {status: 400, as: permission, message: .error.message}

    """#

private let valid = #"""
    title: Shop
    category: commerce
    summary: Who buys what.
    settings:
      apiKey:
        summary: A key.
        secret: true
      since:
        summary: How far back.
        type: time
        default: "2026-01-01T00:00:00Z"
      region:
        summary: Where it is.
        choices: [us, eu]
        default: us
      channels:
        summary: Which of them.
        type: list
        optional: true
    http:
      url: https://api.shop.test
      auth:
        bearer: \($settings.apiKey)
      budget: {requests: 2, per: 1s}
      errors:
        - {status: 400, as: permission, message: .error.message}
    streams:
      customers:
        summary: Everybody.
        request: GET /customers
        query: {limit: 100}
        records: .data[]
        page: {cursor: .next, as: cursor}
        since: {field: .updated, as: since, format: seconds, lookback: 1h}
        key: .id
        events: 'identify({"shop.customer": .id}; {name}) | at(.updated)'
      orders:
        summary: What they buy.
        request: GET /customers/\($each)/orders
        each: {stream: customers, value: .id}
        key: .id
        events: 'track("Order Completed"; {"shop.customer": .customer}; {total}) | at(.created)'
    webhook:
      summary: Subscribe to everything.
      verify:
        hmac: sha256
        header: X-Signature
        signed: "{timestamp}.{body}"
        secret: \($settings.apiKey)
      events: 'identify({"shop.customer": .id}; {})'
    actions:
      addNote:
        summary: Adds a note.
        input:
          text: What to write.
        request: POST /notes
        body: '{text}'
    """#
