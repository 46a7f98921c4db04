import Events
import YAML

/// How a vendor is asked, whatever for.
struct HTTPDeclaration: Sendable {
    let url: TextTemplate
    let headers: [RequestDeclaration.NamedText]
    /// The logins that there are; the first whose condition holds is used.
    let logins: [Login]
    /// The login that is used; none before it is chosen.
    private(set) var authentication: Authentication = .none
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
        /// A token that is made here.
        case jwt(JWTDeclaration)

        /// Whether a token is got first, and another when it is no good any more.
        var hasToken: Bool {
            switch self {
            case .oauth2, .login, .jwt: true
            case .none, .basic, .bearer: false
            }
        }
    }

    /// One of several ways to log in.
    struct Login: Sendable {
        /// `nil` when it always will do.
        let condition: Expression?
        let authentication: Authentication
    }

    /// The same with the login that is for these settings.
    func withLogin(in scope: Scope) -> HTTPDeclaration {
        var http = self
        let login = logins.first { login in
            login.condition.map { (try? $0.holds(for: .null, in: scope)) == true } ?? true
        }
        http.authentication = login?.authentication ?? .none
        return http
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
        let ways = fields["auth"].map { $0.elements ?? [$0] } ?? []
        logins = try ways.map { way throws(YAMLError) in try Login(way) }
        budget = try fields["budget"].map { field throws(YAMLError) in try Budget(field) }
        limits = try fields["limits"].map { field throws(YAMLError) in try LimitHeaders(field) }
        errors = try ErrorRule.list(fields["errors"])
    }
}

extension HTTPDeclaration.Login {
    fileprivate init(_ field: YAMLField) throws(YAMLError) {
        let ways = ["basic", "bearer", "oauth2", "login", "jwt"]
        let fields = try field.fields(known: ["when"] + ways)
        try field.checkIsOne(of: ways, fields)
        condition = try fields["when"].map { field throws(YAMLError) in try Expression(field) }
        authentication = try HTTPDeclaration.Authentication(field, fields)
    }
}

extension HTTPDeclaration.Authentication {
    fileprivate init(_ field: YAMLField, _ fields: [String: YAMLField]) throws(YAMLError) {
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
        } else if let jwt = fields["jwt"] {
            self = .jwt(try JWTDeclaration(jwt))
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
