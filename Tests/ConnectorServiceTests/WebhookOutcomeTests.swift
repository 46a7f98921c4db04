import ConnectorKit
import Curl
import Testing

@testable import ConnectorService

@Suite("Webhook outcomes")
struct WebhookOutcomeTests {
    private enum Kind {
        case delivered
        case retry
        case rejected
    }

    private func kind(_ outcome: DeliveryOutcome) -> Kind {
        switch outcome {
        case .delivered: .delivered
        case .retry, .putOff: .retry
        case .rejected: .rejected
        }
    }

    @Test("counts 2xx as delivered and nothing else", arguments: [200, 201, 204, 299])
    func delivers(status: Int) {
        #expect(kind(WebhookDestination.outcome(of: HTTPResponse(status: status))) == .delivered)
    }

    @Test("tries again what may pass", arguments: [408, 425, 429, 500, 502, 503, 504, 0, 100])
    func retries(status: Int) {
        #expect(kind(WebhookDestination.outcome(of: HTTPResponse(status: status))) == .retry)
    }

    @Test("gives up redirects and refusals", arguments: [301, 302, 307, 308, 400, 401, 403, 404, 410, 422])
    func rejects(status: Int) {
        #expect(kind(WebhookDestination.outcome(of: HTTPResponse(status: status))) == .rejected)
    }

    @Test(
        "keeps to the pause that the server asks for, within a day",
        arguments: [("120", 120), ("0", 0), ("999999999", 86_400), ("-5", 0), ("Thu, 01 Jan 1970 00:00:00 GMT", 0)]
    )
    func waits(text: String, seconds: Int) {
        let response = HTTPResponse(status: 429, headers: [HTTPHeader("retry-after", text)])
        guard case .retry(let pause, _) = WebhookDestination.outcome(of: response) else {
            Issue.record("It is to be tried again.")
            return
        }
        #expect(pause == .seconds(seconds))
    }

    @Test("gives up an address that may not be called, and tries again what did not answer")
    func judgesErrors() {
        let refused = WebhookDestination.outcome(of: .addressRefused("127.0.0.1"))
        #expect(kind(refused) == .rejected)
        if case .rejected(let reason) = refused { #expect(reason.contains("“allow”")) }
        #expect(kind(WebhookDestination.outcome(of: .invalidRequest("x"))) == .rejected)
        #expect(kind(WebhookDestination.outcome(of: .timedOut)) == .retry)
        #expect(kind(WebhookDestination.outcome(of: .notConnected("x"))) == .retry)
    }
}
