import Events

/// A letter before it is filled in.
struct EmailTemplate: Sendable, Equatable {
    /// Whom it goes to; without it, the profile's e-mail address.
    var to: Template?
    var subject: Template
    var text: Template?
    var html: Template?

    func render(_ scope: MessageScope) throws(RenderingError) -> JSONValue {
        var payload: [String: JSONValue] = [
            "to": .string(try recipient(scope)),
            // A line break in a header would begin another header.
            "subject": .string(subject.render(scope).onOneLine),
        ]
        payload["text"] = text.map { .string($0.render(scope)) }
        payload["html"] = html.map { .string($0.render(scope)) }
        return .object(payload)
    }

    private func recipient(_ scope: MessageScope) throws(RenderingError) -> String {
        let address = (to?.render(scope) ?? scope.value(at: "identifiers.email")?.plainText ?? "").trimmed
        guard !address.isEmpty else { throw .noRecipient }
        guard EmailTemplate.isAddress(address) else { throw .invalidRecipient }
        return address
    }

    /// One address and nothing that could make it two, or a header.
    private static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        let forbidden = Set(" ,;:<>()[]\\\"".unicodeScalars)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && text.utf8.count <= 254
            && text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F && !forbidden.contains($0) }
    }
}

extension JSONValue {
    fileprivate var plainText: String? {
        if case .string(let text) = self { text } else { nil }
    }
}

extension String {
    fileprivate var onOneLine: String {
        split { $0.isNewline || $0 == "\t" }.joined(separator: " ").trimmed
    }

    fileprivate var trimmed: String {
        let start = drop { $0.isWhitespace }
        guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...end])
    }
}
