import ConnectorKit
import Curl
import Events
import ServiceKit
import Topics

/// Posts a command's body to an address, signed as Standard Webhooks has it.
///
/// The command's id is the webhook's id, the same for every attempt. Only public addresses are called, and those allowed.
struct WebhookDestination: NativeDestination {
    static let type = "webhook"
    static let summary = "Requests to an address, signed as Standard Webhooks has it."
    static let settings: [SettingField] = [
        .required("url", "The address to post to."),
        .required("secret", "The secret to sign with, whsec_….", secret: true),
        .optional("timeout", "The longest a request may take as a whole.", default: "20s"),
        .optional("allow", "Address ranges that may be called although they are not public, such as 10.0.0.0/8."),
        .optional("authorities", "A file of certificate authorities to trust in place of the system's."),
    ]

    private let url: String
    private let webhook: StandardWebhook
    private let timeout: Duration
    private let client: HTTPClient

    init(name: String, settings: Settings) throws(SettingsError) {
        url = try settings.requiredText("url")
        webhook = try StandardWebhook(settings)
        timeout = try settings.requiredDuration("timeout")
        client = HTTPClient(
            .init(
                addresses: .publicOnly(allow: try settings.ranges("allow")),
                authorities: try settings.text("authorities"),
                concurrency: 64
            )
        )
    }

    func deliver(_ command: Command) async -> DeliveryOutcome {
        guard let body = command.payload["body"] else {
            return .rejected(reason: "The command's payload has no “body”.")
        }
        do {
            return Self.outcome(of: try await client.send(try request(command, body: body.bytes)))
        } catch let error as CurlError {
            return Self.outcome(of: error)
        } catch {
            return .rejected(reason: "\(error)")
        }
    }

    private func request(_ command: Command, body: [UInt8]) throws(WebhookError) -> HTTPRequest {
        // An id may not have the full stop that divides what is signed.
        let id = String(command.id.map { $0 == "." ? "_" : $0 })
        let signed = try webhook.headers(id: id, body: body, at: SystemClock.now())
        var headers = signed.sorted { $0.key < $1.key }.map { HTTPHeader($0.key, $0.value) }
        if let trace = command.trace { headers.append(HTTPHeader(TraceContext.headerName, trace.child().description)) }
        return HTTPRequest(
            method: "POST",
            url: url,
            headers: headers + [HTTPHeader("Content-Type", "application/json")],
            body: body,
            deadline: timeout,
            excess: .truncate
        )
    }

    static func outcome(of response: HTTPResponse) -> DeliveryOutcome {
        let answer = "The server answered \(response.status)."
        switch response.status {
        case 200...299: return .delivered(detail: String(response.status))
        case 300...399: return .rejected(reason: "\(answer) Redirects are not followed.")
        case 410: return .rejected(reason: "\(answer) The endpoint is gone.")
        case 408, 425, 429: return .retry(after: pause(response), reason: answer)
        case 400...499: return .rejected(reason: answer)
        default: return .retry(after: pause(response), reason: answer)
        }
    }

    static func outcome(of error: CurlError) -> DeliveryOutcome {
        switch error {
        case .invalidRequest: .rejected(reason: error.description)
        case .addressRefused:
            .rejected(reason: "\(error.description) The destination's setting “allow” names those that are.")
        default: .retry(after: nil, reason: error.description)
        }
    }

    /// `Retry-After`, in seconds or as a date, up to a day.
    private static func pause(_ response: HTTPResponse) -> Duration? {
        guard let text = response[header: "Retry-After"] else { return nil }
        if let seconds = Int64(text) { return .seconds(min(max(seconds, 0), 86_400)) }
        guard let time = MailDate.parse(text) else { return nil }
        let pause = Duration.microseconds(time.microseconds - SystemClock.now().microseconds)
        return min(max(pause, .zero), .seconds(86_400))
    }
}
