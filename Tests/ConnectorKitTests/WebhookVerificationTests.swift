import ConnectorKit
import Events
import Testing

@Suite("Webhook verification")
struct WebhookVerificationTests {
    @Test("believes what a vendor signed", arguments: vectors)
    func accepts(vector: Vector) {
        #expect(vector.error() == nil)
        #expect(vector.error(secrets: ["", "another", vector.secret]) == nil)
    }

    @Test("signs as the vendor does", arguments: vectors)
    func signs(vector: Vector) {
        var request = vector.request
        request.headers = [:]
        guard let signed = vector.verification.sign(request, secret: vector.secret) else {
            #expect(vector.isAsymmetric)
            return
        }
        request.headers = signed.headers
        #expect(vector.error(request) == nil)
        #expect(signed.headers == vector.request.headers)
    }

    @Test("refuses another body", arguments: vectors)
    func refusesBody(vector: Vector) {
        var request = vector.request
        request.body[request.body.count / 2] ^= 1
        #expect(vector.error(request) == .wrongSignature)
        request.body = vector.request.body + [10]
        #expect(vector.error(request) == .wrongSignature)
    }

    @Test("refuses another signature", arguments: vectors)
    func refusesSignature(vector: Vector) {
        for position in [20, 10, 5] {
            var request = vector.request
            var digits = Array((request.headers[vector.header] ?? "").utf8)
            let index = digits.count - position
            digits[index] = digits[index] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
            request.headers[vector.header] = String(decoding: digits, as: UTF8.self)
            #expect(vector.error(request) == .wrongSignature)
        }
    }

    @Test("refuses another secret, an empty one and none", arguments: vectors)
    func refusesSecret(vector: Vector) {
        #expect(vector.error(secrets: ["another"]) == .wrongSignature)
        #expect(vector.error(secrets: [""]) == .wrongSignature)
        #expect(vector.error(secrets: []) == .wrongSignature)
        var request = vector.request
        if let signed = vector.verification.sign(request, secret: "") {
            request.headers.merge(signed.headers) { $1 }
            #expect(vector.error(request, secrets: [""]) == .wrongSignature)
        }
    }

    @Test("names the header that is missing or empty", arguments: vectors)
    func refusesMissing(vector: Vector) {
        for name in vector.request.headers.keys {
            var request = vector.request
            request.headers[name] = nil
            #expect(vector.error(request) == .missing(name))
            request.headers[name] = ""
            #expect(vector.error(request) == .missing(name))
        }
    }

    @Test(
        "accepts 300 seconds in either direction and no more",
        arguments: vectors,
        ages
    )
    func keepsTolerance(vector: Vector, seconds: Int64) {
        var request = vector.request
        request.now = Timestamp(microseconds: request.now.microseconds + seconds * 1_000_000)
        let isAccepted = abs(seconds) <= 300 || !vector.hasTime
        let expected: WebhookError? = isAccepted ? nil : .outsideTolerance(seconds: seconds)
        #expect(vector.error(request) == expected)
    }

    @Test("says nothing of the time to whoever does not know the secret", arguments: vectors)
    func hidesTime(vector: Vector) {
        var request = vector.request
        request.now = Timestamp(microseconds: 0)
        #expect(vector.error(request, secrets: ["another"]) == .wrongSignature)
    }
}

@Suite("Webhook verification of hand-made requests")
struct HandMadeWebhookTests {
    private let secret = "whsec_test"

    private func stripe(_ header: String) -> WebhookError? {
        guard let vector = vectors.first(where: { $0.name == "Stripe" }) else { return .missing("Stripe") }
        var request = vector.request
        request.headers["stripe-signature"] = header
        return vector.error(request)
    }

    @Test("tries each of several signatures in one header")
    func acceptsSeveral() {
        let right = "60e484b753e71fa2a43ba6a9825bd340077e36b0970a60028c7a2d5fa23c4118"
        #expect(stripe("t=1795400000,v1=\(String(right.reversed())),v1=\(right)") == nil)
        #expect(stripe("t=1795400000, v0=00, v1=zz, v1=\(right)") == nil)
        #expect(stripe("t=1795400000,v0=\(right)") == .wrongSignature)
        #expect(stripe("t=1795400000,v1=") == .wrongSignature)
        #expect(stripe("t=1795400000") == .wrongSignature)
    }

    @Test("refuses a timestamp that is none", arguments: brokenTimes)
    func refusesBrokenTimes(time: String) {
        #expect(stripe("t=\(time),v1=00") == .malformed("Stripe-Signature"))
    }

    @Test("refuses elements without a timestamp", arguments: ["v1=00", "1795400000", ",", "="])
    func refusesWithoutTime(header: String) {
        #expect(stripe(header) == .malformed("Stripe-Signature"))
    }

    @Test("takes a token from a header or from the query, whole and unchanged", arguments: tokens)
    func comparesTokens(verification: WebhookVerification) {
        var request = ReceivedRequest(headers: [:], body: [], now: Timestamp(microseconds: 0))
        #expect(error(verification, request) != nil)
        let signed = verification.sign(request, secret: secret)
        request.headers = signed?.headers ?? [:]
        request.query = signed?.query ?? [:]
        #expect(error(verification, request) == nil)
        #expect(error(verification, request, secrets: ["whsec_tesu"]) == .wrongToken)
        #expect(error(verification, request, secrets: ["whsec_tes", "whsec_test "]) == .wrongToken)
        #expect(error(verification, request, secrets: []) == .wrongToken)
    }

    @Test("an empty token is nobody's")
    func refusesEmptyTokens() {
        var request = ReceivedRequest(headers: ["x-token": ""], body: [], now: Timestamp(microseconds: 0))
        request.query = ["token": ""]
        #expect(error(.token(header: "X-Token", query: nil), request, secrets: [""]) == .missing("X-Token"))
        #expect(error(.token(header: nil, query: "token"), request, secrets: [""]) == .wrongToken)
        #expect(error(.token(header: nil, query: nil), request) == .wrongToken)
    }

    @Test("verifies Standard Webhooks, and returns their id")
    func verifiesStandard() throws {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        var request = ReceivedRequest(headers: [:], body: [1, 2], now: Timestamp(microseconds: 1_000_000))
        request.headers = WebhookVerification.standard.sign(request, secret: secret)?.headers ?? [:]
        #expect(try WebhookVerification.standard.verify(request, secrets: ["", secret]) == "msg_1")
        #expect(error(.standard, request, secrets: ["not one"]) == .wrongSignature)
        #expect(WebhookVerification.standard.sign(request, secret: "not one")?.headers == nil)
    }

    @Test("takes a public key as PEM, too")
    func readsPEM() throws {
        let vector = try #require(vectors.first { $0.isAsymmetric })
        let lines = [String(vector.secret.prefix(64)), String(vector.secret.dropFirst(64))].joined(separator: "\n")
        let key = "-----BEGIN PUBLIC KEY-----\n\(lines)\n-----END PUBLIC KEY-----\n"
        #expect(vector.error(secrets: [key]) == nil)
        #expect(vector.error(secrets: [lines]) == nil)
    }

    @Test("refuses a template that is none, or leaves the body out", arguments: brokenTemplates)
    func refusesTemplates(text: String) {
        #expect(SignedText(text) == nil)
        let verification = WebhookVerification.hmac(HMACSignature(header: "x-signature", signed: text))
        let request = ReceivedRequest(headers: ["x-signature": "00"], body: [], now: Timestamp(microseconds: 0))
        #expect(error(verification, request) == .wrongSignature)
        #expect(verification.sign(request, secret: secret)?.headers == nil)
    }

    private func error(
        _ verification: WebhookVerification,
        _ request: ReceivedRequest,
        secrets: [String]? = nil
    ) -> WebhookError? {
        do throws(WebhookError) {
            _ = try verification.verify(request, secrets: secrets ?? [secret])
            return nil
        } catch {
            return error
        }
    }
}

/// A request that a vendor's own library signed, or one that was made by another implementation.
struct Vector: Sendable, CustomTestStringConvertible {
    let name: String
    let verification: WebhookVerification
    let secret: String
    let request: ReceivedRequest
    /// The header that has the signature.
    let header: String

    init(
        _ name: String,
        _ verification: WebhookVerification,
        secret: String,
        headers: KeyValuePairs<String, String>,
        body: String,
        milliseconds: Int64 = 1_795_400_000_000,
        url: String = ""
    ) {
        self.name = name
        self.verification = verification
        self.secret = secret
        request = ReceivedRequest(
            headers: headers.reduce(into: [:]) { $0[$1.key] = $1.value },
            body: Array(body.utf8),
            now: Timestamp(microseconds: milliseconds * 1000),
            url: url
        )
        header = headers.first?.key ?? ""
    }

    var testDescription: String { name }

    var isAsymmetric: Bool {
        if case .ecdsa = verification { true } else { false }
    }

    var hasTime: Bool {
        if case .hmac(let signature) = verification {
            signature.elements != nil || signature.timestamp.header != nil
        } else {
            true
        }
    }

    func error(_ altered: ReceivedRequest? = nil, secrets: [String]? = nil) -> WebhookError? {
        do throws(WebhookError) {
            _ = try verification.verify(altered ?? request, secrets: secrets ?? [secret])
            return nil
        } catch {
            return lowered(error)
        }
    }

    /// Headers are named as the vendor writes them, but sent in lower case.
    private func lowered(_ error: WebhookError) -> WebhookError {
        if case .missing(let name) = error { .missing(name.lowercased()) } else { error }
    }
}

private let body =
    #"{"id":820982911946154508,"email":"jon@example.com","updated_at":"2026-11-23T05:00:00-05:00"}"#

private let brokenTimes = ["", "now", "01795400000", "+1795400000", "-1", "1795400000.5", "9223372036854775807"]

private let brokenTemplates = ["{timestamp}", "{body", "{Body}", "{body}{}", ""]

private let ages: [Int64] = [300, -300, 301, -301]

private let tokens: [WebhookVerification] = [
    .token(header: "X-Telegram-Bot-Api-Secret-Token", query: nil), .token(header: nil, query: "token"),
]

private let slack = WebhookVerification.hmac(
    HMACSignature(
        header: "X-Slack-Signature",
        prefix: "v0=",
        signed: "v0:{timestamp}:{body}",
        timestamp: HMACSignature.TimestampRule(header: "X-Slack-Request-Timestamp")
    )
)

private let vectors: [Vector] = [
    Vector(
        "Shopify",
        .hmac(HMACSignature(header: "X-Shopify-Hmac-Sha256", encoding: .base64)),
        secret: "shpss_test_secret",
        headers: ["x-shopify-hmac-sha256": "2ji2oa2KUpjD1FZB7Kvkku08f5oWnTUp9aMBIRv8Rw8="],
        body: body
    ),
    Vector(
        "WooCommerce",
        .hmac(HMACSignature(header: "X-WC-Webhook-Signature", encoding: .base64)),
        secret: "wc_test_secret",
        headers: ["x-wc-webhook-signature": "2FP7qWx1oIh9TKj6wPRBHl+NSO5F9q1R6PWX2PL8gOw="],
        body: body
    ),
    Vector(
        "Stripe",
        .hmac(
            HMACSignature(
                header: "Stripe-Signature",
                elements: HMACSignature.Elements(timestamp: "t", signature: "v1"),
                signed: "{timestamp}.{body}"
            )
        ),
        secret: "whsec_test",
        headers: [
            "stripe-signature": "t=1795400000,v1=60e484b753e71fa2a43ba6a9825bd340077e36b0970a60028c7a2d5fa23c4118"
        ],
        body: body
    ),
    Vector(
        "Slack",
        slack,
        secret: "8f742231b10e8888abcd99yyyzzz85a5",
        headers: [
            "x-slack-signature": "v0=1e1b22815ba5d4cc5ceb05f345e89a551d7a066048bb6f31d29dbdd4b2a75e61",
            "x-slack-request-timestamp": "1795400000",
        ],
        body: "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J"
    ),
    Vector(
        "Slack, as published",
        slack,
        secret: "8f742231b10e8888abcd99yyyzzz85a5",
        headers: [
            "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
            "x-slack-request-timestamp": "1531420618",
        ],
        body: "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
            + "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
            + "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F"
            + "96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
        milliseconds: 1_531_420_618_000
    ),
    Vector(
        "HubSpot",
        .hmac(
            HMACSignature(
                header: "X-HubSpot-Signature-v3",
                encoding: .base64,
                signed: "{method}{url}{body}{timestamp}",
                timestamp: HMACSignature.TimestampRule(header: "X-HubSpot-Request-Timestamp", unit: .milliseconds)
            )
        ),
        secret: "hubspot_test_secret",
        headers: [
            "x-hubspot-signature-v3": "QHxoaJjnzYLl8ZFx0uKvhvSX0tn5APUdcDoMO1BNDJQ=",
            "x-hubspot-request-timestamp": "1795400000123",
        ],
        body: #"[{"eventId":1,"objectId":101,"subscriptionType":"contact.creation"}]"#,
        milliseconds: 1_795_400_000_123,
        url: "https://kith.example.com/v1/webhooks/hubspot?team=1"
    ),
    Vector(
        "Intercom",
        .hmac(HMACSignature(hash: .sha1, header: "X-Hub-Signature", prefix: "sha1=")),
        secret: "intercom_test_secret",
        headers: ["x-hub-signature": "sha1=3e0f04785b3114e4e67f5b1263e490328e1cc6a5"],
        body: body
    ),
    Vector(
        "Meta",
        .hmac(HMACSignature(header: "X-Hub-Signature-256", prefix: "sha256=")),
        secret: "meta_test_secret",
        headers: ["x-hub-signature-256": "sha256=5f2c2fd07c1eb7ab151dec12bd9931ab2e50df451b81aebc22001d3936e72e30"],
        body: body
    ),
    Vector(
        "Typeform",
        .hmac(HMACSignature(header: "Typeform-Signature", encoding: .base64, prefix: "sha256=")),
        secret: "typeform_test_secret",
        headers: ["typeform-signature": "sha256=TGN7vgzLa1vyDhYhmCGaANeyBSeOvmfgJrDi49clNuo="],
        body: body
    ),
    Vector(
        "SendGrid, as published",
        .ecdsa(
            signatureHeader: "X-Twilio-Email-Event-Webhook-Signature",
            timestampHeader: "X-Twilio-Email-Event-Webhook-Timestamp",
            tolerance: .seconds(300)
        ),
        secret: "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcwHBcepxo7yAQGhHPT"
            + "nlvFYPAZFceEu/1FwCM/QmGUhA==",
        headers: [
            "x-twilio-email-event-webhook-signature":
                "MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH2j/0=",
            "x-twilio-email-event-webhook-timestamp": "1588788367",
        ],
        body: #"{"category":"example_payload","event":"test_event","message_id":"message_id"}"#,
        milliseconds: 1_588_788_367_000
    ),
]
