public import Events

/// A message to be sent, and its form on the wire.
public struct MailMessage: Sendable {
    /// Who it is from.
    public var from: MailAddress
    /// Whom it is to.
    public var to: [MailAddress]
    /// Where answers go, if not to the sender.
    public var replyTo: MailAddress?
    /// The subject, in any script.
    public var subject: String
    /// The text for readers without HTML.
    public var text: String?
    /// The text as HTML.
    public var html: String?
    /// Unique, and the same whenever this message is sent; without angle brackets.
    public var messageID: String
    /// When it was written.
    public var date: Timestamp
    /// The address at which one click ends the subscription.
    public var unsubscribe: String?

    /// A message of its parts.
    public init(
        from: MailAddress,
        to: [MailAddress],
        replyTo: MailAddress? = nil,
        subject: String,
        text: String? = nil,
        html: String? = nil,
        messageID: String,
        date: Timestamp,
        unsubscribe: String? = nil
    ) {
        self.from = from
        self.to = to
        self.replyTo = replyTo
        self.subject = subject
        self.text = text
        self.html = html
        self.messageID = messageID
        self.date = date
        self.unsubscribe = unsubscribe
    }

    /// The message's bytes, with CRLF line ends.
    public func bytes() throws(MailMessageError) -> [UInt8] {
        var lines = try headerLines()
        lines += ["MIME-Version: 1.0"]
        switch (text, html) {
        case (let text?, let html?): lines += alternative(text, html)
        case (let text?, nil): lines += part(text, "plain")
        case (nil, let html?): lines += part(html, "html")
        case (nil, nil): throw .empty
        }
        return Array(lines.joined(separator: "\r\n").utf8) + [13, 10]
    }

    private func headerLines() throws(MailMessageError) -> [String] {
        guard !to.isEmpty else { throw .noRecipient }
        var fields = [("Date", MailDate.format(date)), ("Message-ID", "<\(messageID)>")]
        fields.append(("From", try from.headerText()))
        var recipients: [String] = []
        for address in to { recipients.append(try address.headerText()) }
        fields.append(("To", recipients.joined(separator: ",\r\n ")))
        if let replyTo { fields.append(("Reply-To", try replyTo.headerText())) }
        fields.append(("Subject", HeaderText.encode(subject, after: "Subject: ".count)))
        if let unsubscribe {
            fields.append(("List-Unsubscribe", "<\(unsubscribe)>"))
            fields.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
        }
        let singles = [("Subject", subject), ("Message-ID", messageID), ("List-Unsubscribe", unsubscribe ?? "")]
        for (name, value) in singles where value.hasControlCharacter { throw .controlCharacter(name) }
        return fields.map { "\($0): \($1)" }
    }

    private func alternative(_ text: String, _ html: String) -> [String] {
        // Made from the id, so that the message has the same bytes whenever it is sent.
        let boundary = "=_\(EventDraft.id(of: ["boundary", messageID]))"
        return ["Content-Type: multipart/alternative; boundary=\"\(boundary)\"", "", "--\(boundary)"]
            + part(text, "plain") + ["--\(boundary)"] + part(html, "html") + ["--\(boundary)--"]
    }

    private func part(_ content: String, _ subtype: String) -> [String] {
        ["Content-Type: text/\(subtype); charset=utf-8", "Content-Transfer-Encoding: quoted-printable", ""]
            + QuotedPrintable.lines(of: content)
    }
}

/// Why a message cannot be written.
public enum MailMessageError: Error, Equatable, Sendable, CustomStringConvertible {
    /// There is neither text nor HTML.
    case empty
    /// It is to nobody.
    case noRecipient
    /// A header field would begin another one.
    case controlCharacter(String)
    /// What should be an address is none.
    case notAnAddress(String)

    /// One sentence that says what is wrong.
    public var description: String {
        switch self {
        case .empty: "The message has neither text nor HTML."
        case .noRecipient: "The message has no recipient."
        case .controlCharacter(let field): "The field “\(field)” has a line end or another control character."
        case .notAnAddress(let field): "The field “\(field)” is not an e-mail address."
        }
    }
}

extension MailAddress {
    /// Reads exactly one address, with or without a name.
    public static func one(_ text: String, field: String) throws(MailMessageError) -> MailAddress {
        guard !text.hasControlCharacter else { throw .controlCharacter(field) }
        let addresses = list(text)
        guard addresses.count == 1, let address = addresses.first, !address.address.contains(where: \.isWhitespace)
        else {
            throw .notAnAddress(field)
        }
        return address
    }

    fileprivate func headerText() throws(MailMessageError) -> String {
        guard !address.hasControlCharacter, !(name ?? "").hasControlCharacter else {
            throw .controlCharacter("address")
        }
        guard let name, !name.isEmpty else { return address }
        return "\(HeaderText.phrase(name)) <\(address)>"
    }
}

extension String {
    fileprivate var hasControlCharacter: Bool {
        // By scalars: CR and LF together are one character, which is neither.
        unicodeScalars.contains {
            $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) || [0x2028, 0x2029].contains($0.value)
        }
    }
}
