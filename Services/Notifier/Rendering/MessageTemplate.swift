import Events

/// What a rule sends, before it is filled in.
enum MessageTemplate: Sendable, Equatable {
    case email(EmailTemplate)
    case webhook(JSONTemplate)
    /// What a connector is to do, by the action's name, and what it needs for that.
    case action(String, JSONTemplate)

    private static let limit = 512 * 1024

    /// The command's payload for these values.
    func render(_ scope: MessageScope) throws(RenderingError) -> JSONValue {
        let payload = try payload(scope)
        let size = payload.bytes.count
        guard size <= Self.limit else { throw .tooLong(bytes: size, limit: Self.limit) }
        return payload
    }

    private func payload(_ scope: MessageScope) throws(RenderingError) -> JSONValue {
        switch self {
        case .email(let template): return try template.render(scope)
        case .webhook(let body): return ["body": body.render(scope)]
        case .action(let name, let input):
            guard case .object(var members) = input.render(scope) else { return ["action": .string(name)] }
            members["action"] = .string(name)
            return .object(members)
        }
    }
}

/// Why a message cannot be made; it goes to the dead letters.
enum RenderingError: Error, Equatable, Sendable, CustomStringConvertible {
    case noRecipient
    case invalidRecipient
    case tooLong(bytes: Int, limit: Int)

    /// A constant word for the cause.
    var code: String {
        switch self {
        case .noRecipient: "missing_recipient"
        case .invalidRecipient: "invalid_recipient"
        case .tooLong: "message_too_long"
        }
    }

    var description: String {
        switch self {
        case .noRecipient: "Nobody to send it to: the recipient's template gives nothing for this profile."
        case .invalidRecipient: "The recipient's template gives something else than one e-mail address."
        case .tooLong(let bytes, let limit): "The message has \(bytes) bytes; at most \(limit) are sent."
        }
    }
}
