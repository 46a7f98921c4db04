import ConnectorKit
import Events
import Testing

@Suite("Standard Webhooks")
struct StandardWebhookTests {
    private let now = Timestamp(microseconds: 1_614_265_330_000_000)
    private let body = Array(#"{"test": 2432232314}"#.utf8)

    private func webhook(_ secrets: String...) throws -> StandardWebhook {
        StandardWebhook(secrets: try secrets.map { try #require(WebhookSecret($0)) })
    }

    private let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    private let other = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"

    /// The signature was made by another implementation.
    private var headers: [String: String] {
        [
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ]
    }

    @Test("signs as other implementations do, and believes what they sign")
    func agrees() throws {
        let webhook = try webhook(secret)
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek"
        #expect(try webhook.headers(id: id, body: body, at: now) == headers)
        #expect(try webhook.verify(headers, body: body, at: now) == id)
    }

    @Test("believes one good signature among several, and either of two secrets")
    func acceptsSeveral() throws {
        var several = headers
        several["webhook-signature"] = "v1a,xyz v2,abc v1,AAAA \(headers["webhook-signature"] ?? "")"
        #expect(throws: Never.self) { try webhook(secret).verify(several, body: body, at: now) }
        #expect(throws: Never.self) { try webhook(other, secret).verify(headers, body: body, at: now) }
    }

    @Test("refuses what was changed in any way")
    func refusesForged() throws {
        let webhook = try webhook(secret)
        #expect(throws: WebhookError.wrongSignature) { try webhook.verify(headers, body: body + [32], at: now) }
        #expect(throws: WebhookError.wrongSignature) { try self.webhook(other).verify(headers, body: body, at: now) }
        for (name, value) in [("webhook-id", "msg_other"), ("webhook-timestamp", "1614265331")] {
            #expect(throws: WebhookError.wrongSignature) {
                try webhook.verify(headers.merging([name: value]) { $1 }, body: body, at: now)
            }
        }
        for signature in [
            "v1,", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1O==", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ] {
            #expect(throws: WebhookError.wrongSignature) {
                try webhook.verify(headers.merging(["webhook-signature": signature]) { $1 }, body: body, at: now)
            }
        }
    }

    @Test("refuses what lacks a header or has a broken one")
    func refusesBroken() throws {
        let webhook = try webhook(secret)
        for name in headers.keys {
            #expect(throws: WebhookError.missing(name)) {
                try webhook.verify(headers.filter { $0.key != name }, body: body, at: now)
            }
        }
        for (name, value) in [
            ("webhook-id", "a.b"), ("webhook-id", "a b"), ("webhook-timestamp", "01614265330"),
            ("webhook-timestamp", "9223372036854775807"), ("webhook-timestamp", "-9223372036854775808"),
            ("webhook-timestamp", "now"),
        ] {
            #expect(throws: WebhookError.malformed(name)) {
                try webhook.verify(headers.merging([name: value]) { $1 }, body: body, at: now)
            }
        }
    }

    @Test(
        "accepts 300 seconds in either direction and no more",
        arguments: [(300, true), (-300, true), (301, false), (-301, false)]
    )
    func keepsTolerance(seconds: Int64, isAccepted: Bool) throws {
        let later = Timestamp(microseconds: now.microseconds + seconds * 1_000_000)
        let id = try? webhook(secret).verify(headers, body: body, at: later)
        #expect((id != nil) == isAccepted)
    }

    @Test("takes secrets of 24 to 64 bytes only", arguments: [(23, false), (24, true), (64, true), (65, false)])
    func checksSecrets(bytes: Int, isSecret: Bool) {
        let digits = String(repeating: "A", count: (bytes * 8 + 5) / 6)
        #expect((WebhookSecret("whsec_" + digits) != nil) == isSecret)
        #expect((WebhookSecret(digits) != nil) == isSecret)
        #expect(WebhookSecret("whsec_!" + digits) == nil)
    }
}
