import ConnectorKit
import Curl
import Events
import Topics

/// Sends a command's message by SMTP.
///
/// The message's id is made from the command's, so that a second copy, which a broken connection may cause, can be told
/// by the receiving side.
struct SMTPDestination: NativeDestination {
    static let type = "smtp"
    static let summary = "Mail by SMTP."
    static let settings: [SettingField] = [
        .required("host", "The mail server."),
        .optional("port", "The mail server's port.", default: "587"),
        .optional("security", "starttls, tls (from the first byte) or none.", default: "starttls"),
        .optional("user", "The user's name, when the server asks for one."),
        .optional("password", "The user's password.", secret: true),
        .required("from", "The sender, such as Shop <shop@example.com>."),
        .optional("replyTo", "Where answers go, if not to the sender."),
        .optional("timeout", "The longest a message may take as a whole.", default: "30s"),
        .optional("authorities", "A file of certificate authorities to trust in place of the system's."),
    ]

    private let sender: MailAddress
    private let replyTo: MailAddress?
    private let timeout: Duration
    private let client: SMTPClient

    init(name: String, settings: Settings) throws(SettingsError) {
        sender = try settings.address("from")
        replyTo = try settings.text("replyTo") == nil ? nil : settings.address("replyTo")
        timeout = try settings.requiredDuration("timeout")
        var login: SMTPClient.Login?
        if let user = try settings.text("user") {
            login = SMTPClient.Login(user: user, password: try settings.requiredText("password"))
        }
        client = SMTPClient(
            .init(
                host: try settings.requiredText("host"),
                port: try settings.requiredInteger("port", in: 1...65535),
                security: try settings.requiredChoice("security", of: SMTPClient.Security.self),
                login: login,
                authorities: try settings.text("authorities"),
                concurrency: 64
            )
        )
    }

    func deliver(_ command: Command) async -> DeliveryOutcome {
        do {
            let message = try message(of: command)
            let outcome = try await client.send(
                from: message.from.address,
                to: message.to.map(\.address),
                message: try message.bytes(),
                deadline: timeout
            )
            return Self.outcome(of: outcome)
        } catch let error as CurlError {
            if case .invalidRequest = error { return .rejected(reason: error.description) }
            return .retry(after: nil, reason: error.description)
        } catch {
            return .rejected(reason: "\(error)")
        }
    }

    private func message(of command: Command) throws(MailMessageError) -> MailMessage {
        let payload = command.payload
        let from = try payload.text("from").map { text throws(MailMessageError) in
            try MailAddress.one(text, field: "from")
        }
        let domain = sender.address.split(separator: "@").last ?? "localhost"
        return MailMessage(
            from: from ?? sender,
            to: [try MailAddress.one(payload.text("to") ?? "", field: "to")],
            replyTo: replyTo,
            subject: payload.text("subject") ?? "",
            text: payload.text("text"),
            html: payload.text("html"),
            messageID: "\(EventDraft.id(of: [command.id]))@\(domain)",
            date: command.createdAt,
            unsubscribe: payload.text("listUnsubscribe")
        )
    }

    static func outcome(of outcome: SMTPClient.Outcome) -> DeliveryOutcome {
        switch outcome {
        case .accepted(let reply): .delivered(detail: reply)
        case .transient(_, let reply): .retry(after: nil, reason: reply)
        case .permanent(_, let reply): .rejected(reason: reply)
        }
    }
}

extension JSONValue {
    fileprivate func text(_ name: String) -> String? {
        guard case .string(let text) = self[name], !text.isEmpty else { return nil }
        return text
    }
}

extension Settings {
    fileprivate func address(_ name: String) throws(SettingsError) -> MailAddress {
        let text = try requiredText(name)
        do throws(MailMessageError) {
            return try MailAddress.one(text, field: name)
        } catch {
            throw .invalid(name, reason: "is not an e-mail address")
        }
    }
}
