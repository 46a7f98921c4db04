import YAML

/// How a vendor is asked, whatever for.
struct HTTPDeclaration: Sendable {
    let url: TextTemplate
    let headers: [RequestDeclaration.NamedText]
    let authentication: Authentication
    let budget: Budget?
    let limits: LimitHeaders?
    let errors: [ErrorRule]

    /// How the vendor knows who is asking.
    enum Authentication: Sendable {
        case none
        case basic(user: TextTemplate, password: TextTemplate)
        case bearer(TextTemplate)
        case oauth2(OAuth2Declaration)
        case login(LoginDeclaration)

        /// Whether a token is got first, and another when it is no good any more.
        var hasToken: Bool {
            switch self {
            case .oauth2, .login: true
            case .none, .basic, .bearer: false
            }
        }
    }

    /// So many requests in a span of time, never more.
    struct Budget: Sendable, Equatable {
        let requests: Int
        let per: Duration
    }

    /// The headers by which a vendor says how much is left.
    struct LimitHeaders: Sendable {
        let remaining: String
        let reset: String
        let unit: Unit

        /// What the reset is given in.
        enum Unit: String, CaseIterable, Sendable {
            /// From now.
            case seconds
            /// Seconds since 1970.
            case epoch
        }
    }

    init(_ field: YAMLField) throws(YAMLError) {
        let fields = try field.fields(known: ["url", "headers", "auth", "budget", "limits", "errors"])
        url = try TextTemplate(try field.required("url", in: fields))
        headers = try RequestDeclaration.texts(fields["headers"])
        authentication = if let auth = fields["auth"] { try Authentication(auth) } else { .none }
        budget = try fields["budget"].map { field throws(YAMLError) in try Budget(field) }
        limits = try fields["limits"].map { field throws(YAMLError) in try LimitHeaders(field) }
        guard let rules = fields["errors"] else {
            errors = []
            return
        }
        guard let elements = rules.elements else { throw rules.error("“errors” must be a list.") }
        errors = try elements.map { element throws(YAMLError) in try ErrorRule(element) }
    }
}

extension HTTPDeclaration.Authentication {
    fileprivate init(_ field: YAMLField) throws(YAMLError) {
        let fields = try field.fields(known: ["basic", "bearer", "oauth2", "login"])
        if let basic = fields["basic"] {
            let parts = try basic.fields(known: ["user", "password"])
            self = .basic(
                user: try TextTemplate(try basic.required("user", in: parts)),
                password: try TextTemplate(try basic.required("password", in: parts))
            )
        } else if let bearer = fields["bearer"] {
            self = .bearer(try TextTemplate(bearer))
        } else if let login = fields["login"] {
            self = .login(try LoginDeclaration(login))
        } else {
            self = .oauth2(try OAuth2Declaration(try field.required("oauth2", in: fields)))
        }
    }
}

extension HTTPDeclaration.Budget {
    fileprivate init(_ field: YAMLField) throws(YAMLError) {
        let fields = try field.fields(known: ["requests", "per"])
        requests = try field.required("requests", in: fields).integer(in: 1...1_000_000)
        per = try field.required("per", in: fields).duration()
    }
}

extension HTTPDeclaration.LimitHeaders {
    fileprivate init(_ field: YAMLField) throws(YAMLError) {
        let fields = try field.fields(known: ["remaining", "reset", "unit"])
        remaining = try field.required("remaining", in: fields).text()
        reset = try field.required("reset", in: fields).text()
        unit = try fields["unit"]?.choice(of: Unit.self) ?? .seconds
    }
}

/// How to begin a session.
struct LoginDeclaration: Sendable {
    /// Its answer is the token.
    let request: RequestDeclaration
    /// The header that shows the session, and what it says.
    let header: String
    let value: TextTemplate

    init(_ field: YAMLField) throws(YAMLError) {
        let fields = try field.fields(known: RequestDeclaration.known + ["header", "value"])
        request = try RequestDeclaration(field, fields)
        header = try fields["header"]?.text() ?? "Authorization"
        value = try TextTemplate(try field.required("value", in: fields))
    }
}

/// How to get an access token.
struct OAuth2Declaration: Sendable {
    let url: TextTemplate
    let grant: Grant
    let parameters: [RequestDeclaration.NamedText]

    /// What the token is got for.
    enum Grant: String, CaseIterable, Sendable {
        case refreshToken = "refresh_token"
        case clientCredentials = "client_credentials"
        case password
    }

    init(_ field: YAMLField) throws(YAMLError) {
        let fields = try field.fields(known: ["url", "grant", "parameters"])
        url = try TextTemplate(try field.required("url", in: fields))
        grant = try field.required("grant", in: fields).choice(of: Grant.self)
        parameters = try RequestDeclaration.texts(fields["parameters"])
    }
}

/// What an answer means that does not mean the usual.
struct ErrorRule: Sendable {
    /// `nil` for any.
    let status: Int?
    /// What must hold for its body.
    let condition: Expression?
    let meaning: Meaning
    let message: Expression?
    /// From the body: in how many seconds one may come back, where no header says it.
    let retryAfter: Expression?

    /// What it means.
    enum Meaning: String, CaseIterable, Sendable {
        case configuration, permission, rateLimit, transient, system
        /// The access token is no good any more.
        case refresh
        /// As if there were no records.
        case ignore
    }

    init(_ field: YAMLField) throws(YAMLError) {
        let fields = try field.fields(known: ["status", "when", "as", "message", "retryAfter"])
        status = try fields["status"]?.integer(in: 100...599)
        condition = try fields["when"].map { field throws(YAMLError) in try Expression(field) }
        meaning = try field.required("as", in: fields).choice(of: Meaning.self)
        message = try fields["message"].map { field throws(YAMLError) in try Expression(field) }
        retryAfter = try fields["retryAfter"].map { field throws(YAMLError) in try Expression(field) }
        guard status != nil || condition != nil else {
            throw field.error("A rule needs a “status” or a “when”.")
        }
    }
}
