import YAML

/// What a vendor sends by itself, and how it shows that it was the vendor.
struct WebhookDeclaration: Sendable {
    let summary: String
    let verification: WebhookVerification
    /// What the vendor and we know, or the public key.
    let secret: TextTemplate
    /// Whether anybody may send as long as no secret is set.
    let isOpen: Bool
    /// Where a browser goes after its post.
    let redirect: TextTemplate?
    /// Whether the body is a form, unless it says that it is JSON.
    let isForm: Bool
    let challenge: Expression?
    let dedupe: Expression?
    let records: Expression
    let events: Expression

    init(_ field: YAMLField) throws(YAMLError) {
        let fields = try field.fields(
            known: ["summary", "verify", "open", "redirect", "form", "challenge", "dedupe", "records", "events"]
        )
        summary = try field.required("summary", in: fields).text()
        (verification, secret) = try Self.verification(try field.required("verify", in: fields))
        isOpen = try fields["open"]?.flag() ?? false
        guard !isOpen || verification.isToken else {
            throw field.error("Only a webhook with a token can be “open”: who signs has a secret.")
        }
        redirect = try fields["redirect"].map { field throws(YAMLError) in try TextTemplate(field) }
        isForm = try fields["form"]?.flag() ?? false
        challenge = try fields["challenge"].map { field throws(YAMLError) in try Expression(field) }
        dedupe = try fields["dedupe"].map { field throws(YAMLError) in try Expression(field) }
        let records = fields["records"]
        self.records = if let records { try Expression(records) } else { try Expression(".", at: field) }
        events = try Expression(try field.required("events", in: fields))
    }

    private static func verification(_ field: YAMLField) throws(YAMLError) -> (WebhookVerification, TextTemplate) {
        let known = ["hmac", "header", "encoding", "prefix", "elements", "signed", "timestamp", "secret"]
        let fields = try field.fields(known: known + ["token", "ecdsa", "standard"])
        try field.checkIsOne(of: ["hmac", "token", "ecdsa", "standard"], fields)
        if let token = fields["token"] { return try Self.token(token) }
        if let ecdsa = fields["ecdsa"] { return try Self.ecdsa(ecdsa) }
        if let secret = fields["standard"] { return (.standard, try secretOf(secret)) }
        let signature = HMACSignature(
            hash: try field.required("hmac", in: fields).choice(of: HMACSignature.Hash.self),
            header: try field.required("header", in: fields).text().lowercased(),
            encoding: try fields["encoding"]?.choice(of: HMACSignature.Encoding.self) ?? .base64,
            prefix: fields["prefix"]?.scalar ?? "",
            elements: try fields["elements"].map { field throws(YAMLError) in try Self.elements(field) },
            signed: try fields["signed"].map { field throws(YAMLError) in try Self.signed(field) } ?? "{body}",
            timestamp: try fields["timestamp"].map { field throws(YAMLError) in try Self.timestamp(field) }
        )
        return (.hmac(signature), try secretOf(try field.required("secret", in: fields)))
    }

    private static func token(_ field: YAMLField) throws(YAMLError) -> (WebhookVerification, TextTemplate) {
        let fields = try field.fields(known: ["header", "query", "secret"])
        let (header, query) = (try fields["header"]?.text().lowercased(), try fields["query"]?.text())
        guard header != nil || query != nil else { throw field.error("A token is in a “header” or in the “query”.") }
        return (.token(header: header, query: query), try secretOf(try field.required("secret", in: fields)))
    }

    private static func ecdsa(_ field: YAMLField) throws(YAMLError) -> (WebhookVerification, TextTemplate) {
        let fields = try field.fields(known: ["header", "timestamp", "key", "tolerance"])
        let verification = WebhookVerification.ecdsa(
            signatureHeader: try field.required("header", in: fields).text().lowercased(),
            timestampHeader: try field.required("timestamp", in: fields).text().lowercased(),
            tolerance: try fields["tolerance"]?.duration() ?? StandardWebhook.tolerance
        )
        return (verification, try secretOf(try field.required("key", in: fields)))
    }

    private static func signed(_ field: YAMLField) throws(YAMLError) -> String {
        let text = try field.text()
        guard SignedText(text) != nil else {
            throw field.error("“signed” must have {body}, and besides it only {timestamp}, {method} and {url}.")
        }
        return text
    }

    private static func elements(_ field: YAMLField) throws(YAMLError) -> HMACSignature.Elements {
        let fields = try field.fields(known: ["timestamp", "signature"])
        return HMACSignature.Elements(
            timestamp: try field.required("timestamp", in: fields).text(),
            signature: try field.required("signature", in: fields).text()
        )
    }

    private static func timestamp(_ field: YAMLField) throws(YAMLError) -> HMACSignature.TimestampRule {
        let fields = try field.fields(known: ["header", "unit", "tolerance"])
        return HMACSignature.TimestampRule(
            header: try fields["header"]?.text().lowercased(),
            unit: try fields["unit"]?.choice(of: HMACSignature.TimestampRule.Unit.self) ?? .seconds,
            tolerance: try fields["tolerance"]?.duration() ?? StandardWebhook.tolerance
        )
    }

    /// One expression: of a text around a setting that is not given, a secret would remain that anybody knows.
    private static func secretOf(_ field: YAMLField) throws(YAMLError) -> TextTemplate {
        let template = try TextTemplate(field)
        guard template.isOneExpression else {
            throw field.error("\(field.title) must be one expression, such as \\($settings.secret).")
        }
        return template
    }
}
