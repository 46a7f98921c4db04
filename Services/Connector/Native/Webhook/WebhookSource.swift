import ConnectorKit
import Events

/// Receives requests that are signed as Standard Webhooks has it.
///
/// The body is one record or an array of them; with a mapping they become events, without one they are events already.
struct WebhookSource: NativeSource {
    static let type = "webhook"
    static let summary = "Requests that come in, signed as Standard Webhooks has it."
    static let settings: [SettingField] = [
        .required(
            "secret",
            "The secret that requests are signed with, whsec_…; a list while it is being changed.",
            secret: true
        ),
        .object("mapping", "Which member is what; without it the body is an event."),
        EventExpression.setting,
    ]

    let interval: Duration? = nil
    private let name: String
    private let webhook: StandardWebhook
    private let mapping: Mapping?
    private let expression: EventExpression?

    init(_ setup: SourceSetup) throws(SettingsError) {
        name = setup.name
        webhook = try StandardWebhook(setup.settings)
        let mapping = setup.settings.value("mapping")
        self.mapping = if let mapping { try Mapping(mapping) } else { nil }
        expression = try EventExpression(setup)
    }

    func receive(_ request: ReceivedRequest) throws(ReceiveRefusal) -> Reception {
        let id = try verifiedID(of: request)
        var batch = SourceBatch(requestID: id)
        let records = try records(in: request.body)
        for (index, view) in records.enumerated() {
            if let expression {
                let part = expression.batch(of: view, key: "\(id).\(index)", time: request.now)
                batch.events += part.events
                batch.rejected += part.rejected
                continue
            }
            let context = Mapping.Context(
                source: name,
                time: request.now,
                messageID: records.count == 1 ? id : "\(id).\(index)"
            )
            do throws(RecordError) {
                batch.events.append(try JSONRecord(view).event(by: mapping, in: context))
            } catch {
                let record = RejectedRecord(code: error.code, reason: error.reason, payload: Array(view.raw))
                batch.rejected.append(record)
            }
        }
        return .batch(batch)
    }

    private func verifiedID(of request: ReceivedRequest) throws(ReceiveRefusal) -> String {
        do throws(WebhookError) {
            return try webhook.verify(request.headers, body: request.body, at: request.now)
        } catch {
            throw .unverified(error)
        }
    }

    private func records(in body: [UInt8]) throws(ReceiveRefusal) -> [JSONView] {
        do throws(JSONError) {
            let root = try JSONDocument(body).root
            return root.kind == .array ? Array(root.elements) : [root]
        } catch {
            throw .malformed("The body is not valid JSON: \(error)")
        }
    }
}

extension StandardWebhook {
    /// Reads the setting `secret`.
    init(_ settings: Settings) throws(SettingsError) {
        var secrets: [WebhookSecret] = []
        for text in try settings.texts("secret") {
            guard let secret = WebhookSecret(text) else {
                throw .invalid("secret", reason: "is not whsec_ and the Base64 of 24 to 64 bytes")
            }
            secrets.append(secret)
        }
        self.init(secrets: secrets)
    }
}
