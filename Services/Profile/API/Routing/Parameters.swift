import Events

/// A variable in a path.
struct PathParameter: Sendable {
    let name: String
    let summary: String
    /// A value that the API description shows.
    let example: String
    /// A regular expression that the value must match, for the API description.
    var pattern: String?
}

/// A header that an operation reads.
struct HeaderParameter: Sendable {
    let name: String
    let summary: String
}

/// What an operation takes behind the question mark.
struct QueryParameter: Sendable {
    /// The values it accepts.
    enum Kind: Sendable {
        case flag
        case integer(ClosedRange<Int>, default: Int)
        case choice([String], default: String?)
        /// RFC 3339, or a date alone.
        case time
        /// So many characters at most.
        case text(Int)
        /// Texts with commas between them.
        case list
        /// `namespace:value`.
        case identifier
        /// `namespace:value`, or a profile's id.
        case reference
        /// What such a cursor looks like, as a regular expression, where that can be said.
        case cursor(String?)
    }

    let name: String
    let kind: Kind
    let summary: String
    let isRequired: Bool

    init(_ name: String, _ kind: Kind, _ summary: String, isRequired: Bool = false) {
        self.name = name
        self.kind = kind
        self.summary = summary
        self.isRequired = isRequired
    }

    static func limit(_ range: ClosedRange<Int> = 1...200, default standard: Int = 50) -> QueryParameter {
        QueryParameter("limit", .integer(range, default: standard), "How many to return at most.")
    }

    static func cursor(_ pattern: String) -> QueryParameter {
        QueryParameter("cursor", .cursor(pattern), "Where to go on: the `cursor` of the page before.")
    }

    static let verbose = QueryParameter(
        "verbose",
        .flag,
        "Show with every trait where it is from: source, time, event and identifier."
    )
}

/// A query string that was checked against what the operation takes.
struct Query: Sendable {
    private let values: [String: String]

    /// Reads a query string strictly: every name known, given once, and its value of the right kind.
    ///
    /// What is not given has its declared default.
    ///
    /// - Parameter lenient: Names not known are passed over, as clients of another API may send more than we know.
    init(parsing text: String?, as parameters: [QueryParameter], lenient: Bool = false) throws(QueryError) {
        var values: [String: String] = [:]
        for pair in (text ?? "").split(separator: "&") {
            let (name, value) = try Query.decode(pair)
            guard let parameter = parameters.first(where: { $0.name == name }) else {
                if lenient { continue }
                throw .unknown(name, known: parameters.map(\.name).sorted())
            }
            guard values.updateValue(value, forKey: name) == nil else { throw .repeated(name) }
            if let expected = parameter.kind.expectation(of: value) { throw .invalid(name, expected: expected) }
        }
        for parameter in parameters where values[parameter.name] == nil {
            guard !parameter.isRequired else { throw .missing(parameter.name) }
            values[parameter.name] = parameter.kind.standard
        }
        self.values = values
    }

    private static func decode(_ pair: Substring) throws(QueryError) -> (name: String, value: String) {
        let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = PercentEncoding.decode(parts[0], plusIsSpace: true),
            let value = PercentEncoding.decode(parts.count > 1 ? parts[1] : "", plusIsSpace: true)
        else { throw .notText(String(pair.prefix(64))) }
        return (name, value)
    }

    /// The value as it was given, or its default.
    func text(_ name: String) -> String? { values[name] }

    func flag(_ name: String) -> Bool { values[name].map { $0 != "false" && $0 != "0" } ?? false }

    /// The whole number; 0 for a name that is none of a whole number.
    func integer(_ name: String) -> Int { values[name].flatMap { Int($0) } ?? 0 }

    func time(_ name: String) -> Timestamp? { values[name].flatMap { Timestamp($0) } }

    func identifier(_ name: String) -> Identifier? { values[name].flatMap { Identifier(parsing: $0) } }

    func reference(_ name: String) -> ProfileReference? { values[name].flatMap { ProfileReference($0) } }

    /// The texts between the commas, without the empty ones.
    func list(_ name: String) -> [String]? { values[name]?.split(separator: ",").map(String.init) }
}

/// Why a query string was refused.
enum QueryError: Error, Equatable {
    case unknown(String, known: [String])
    case repeated(String)
    case missing(String)
    case invalid(String, expected: String)
    case notText(String)
}

extension QueryError: CustomStringConvertible {
    var description: String {
        switch self {
        case .unknown(let name, let known) where known.isEmpty:
            "“\(name)” is not a parameter here; there are none."
        case .unknown(let name, let known):
            "“\(name)” is not a parameter here; known are \(known.joined(separator: ", "))."
        case .missing(let name): "The parameter “\(name)” is missing."
        case .repeated(let name): "The parameter “\(name)” is given more than once."
        case .invalid(let name, let expected): "The parameter “\(name)” must be \(expected)."
        case .notText(let pair): "“\(pair)” is not percent-encoded UTF-8."
        }
    }

    /// The error's word in an answer.
    var code: String {
        switch self {
        case .unknown: "unknown_parameter"
        case .repeated: "repeated_parameter"
        case .missing: "missing_parameter"
        case .invalid, .notText: "invalid_parameter"
        }
    }
}

extension QueryParameter.Kind {
    /// The value when none is given, if there is one.
    fileprivate var standard: String? {
        switch self {
        case .integer(_, let standard): String(standard)
        case .choice(_, let standard): standard
        default: nil
        }
    }

    /// What the value should have been; `nil` when it is right.
    func expectation(of value: String) -> String? {
        switch self {
        case .flag: ["true", "false", "1", "0", ""].contains(value) ? nil : "true or false"
        case .integer(let range, _):
            Int(value).map(range.contains) == true
                ? nil : "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .choice(let choices, _): choices.contains(value) ? nil : "one of \(choices.joined(separator: ", "))"
        case .time: Timestamp(value) != nil ? nil : "a time such as 2026-01-31T12:00:00Z, or a date"
        case .text(let limit): fits(value, limit) ? nil : "a text of 1 to \(limit) characters"
        case .identifier: Identifier(parsing: value) != nil ? nil : "an identifier, as namespace:value"
        case .reference:
            ProfileReference(value) != nil ? nil : "an identifier, as namespace:value, or a profile's id"
        case .list: fits(value, Self.listLimit) ? nil : "a list of 1 to \(Self.listLimit) characters"
        case .cursor: nil
        }
    }

    /// How long a list may be.
    static let listLimit = 2048

    private func fits(_ value: String, _ limit: Int) -> Bool { (1...limit).contains(value.unicodeScalars.count) }
}
