/// One setting that a connector knows, declared beside its type.
public struct SettingField: Sendable, Equatable {
    /// What it is called in the configuration.
    public let name: String
    /// One sentence for whoever writes the configuration.
    public let summary: String
    /// What its values are.
    public let kind: Kind
    /// The values that it may have; `nil` for any.
    public let choices: [String]?
    /// The value when none is given; `nil` together with ``isRequired`` means that one must be.
    public let fallback: String?
    /// Whether a value must be given.
    public let isRequired: Bool
    /// Whether the value must never be shown.
    public let isSecret: Bool

    /// What a setting's values are.
    public enum Kind: String, CaseIterable, Sendable {
        case text, integer, flag
        /// RFC 3339.
        case time
        /// Such as 30s.
        case duration
        /// Texts.
        case list
        /// Named values.
        case object
    }

    init(
        name: String,
        summary: String,
        kind: Kind = .text,
        choices: [String]? = nil,
        fallback: String?,
        isRequired: Bool,
        isSecret: Bool
    ) {
        self.name = name
        self.summary = summary
        self.kind = kind
        self.choices = choices
        self.fallback = fallback
        self.isRequired = isRequired
        self.isSecret = isSecret
    }

    /// A setting that must be given.
    public static func required(_ name: String, _ summary: String, secret: Bool = false) -> SettingField {
        SettingField(name: name, summary: summary, fallback: nil, isRequired: true, isSecret: secret)
    }

    /// A setting of named values.
    public static func object(
        _ name: String,
        _ summary: String,
        required isRequired: Bool = false,
        secret: Bool = false
    ) -> SettingField {
        SettingField(
            name: name,
            summary: summary,
            kind: .object,
            fallback: nil,
            isRequired: isRequired,
            isSecret: secret
        )
    }

    /// A setting that may be given.
    public static func optional(
        _ name: String,
        _ summary: String,
        default fallback: String? = nil,
        secret: Bool = false
    ) -> SettingField {
        SettingField(name: name, summary: summary, fallback: fallback, isRequired: false, isSecret: secret)
    }
}

/// What is wrong with a connector's settings.
public enum SettingsError: Error, Equatable, Sendable {
    /// There is no such setting.
    case unknown(String, known: [String])
    /// A setting that must be there is not.
    case missing(String)
    /// A setting has a value that it cannot have.
    case invalid(String, reason: String)
    /// There is no such kind of connector.
    case unknownType(String, known: [String])
    /// Its manifest is wrong.
    case unusable(String, reason: String)
}

extension SettingsError: CustomStringConvertible {
    /// One sentence that says what is wrong.
    public var description: String {
        switch self {
        case .unknown(let name, let known):
            "There is no setting “\(name)”; the settings are \(known.joined(separator: ", "))."
        case .missing(let name): "The setting “\(name)” is missing."
        case .invalid(let name, let reason): "The setting “\(name)” \(reason)."
        case .unknownType(let name, let known):
            "There is no connector of type “\(name)”; the types are \(known.joined(separator: ", "))."
        case .unusable(let name, let reason): "The connector “\(name)” cannot be used: \(reason)"
        }
    }
}
