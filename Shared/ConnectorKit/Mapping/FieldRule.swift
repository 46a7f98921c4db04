public import Events

/// Where one field of an event comes from.
public struct FieldRule: Sendable, Equatable {
    /// What the value is taken from.
    public enum Origin: Sendable, Equatable {
        /// The record's column, or its member by a dotted path.
        case field(String)
        /// The same for every record.
        case constant(JSONValue)
    }

    /// What the value is turned into.
    public enum Kind: String, Sendable, CaseIterable {
        /// Text, as it is written.
        case string
        /// A number, digit for digit as it is written.
        case number
        /// `true`, `yes`, `1` or `false`, `no`, `0`.
        case boolean
        /// A time in RFC 3339 form; without a zone it is taken for UTC.
        case time
        /// A time in seconds since 1970.
        case seconds
        /// A time in milliseconds since 1970.
        case milliseconds
    }

    let origin: Origin
    let kind: Kind?

    /// A rule of its parts; without a kind the value stays what it is.
    public init(_ origin: Origin, as kind: Kind? = nil) {
        self.origin = origin
        self.kind = kind
    }

    /// Reads a rule: a text names the field, unless `literal`; else `{from: field, as: number}` or `{value: constant}`.
    init(_ value: JSONValue, at name: String, literal: Bool = false) throws(SettingsError) {
        switch value {
        case .string(let text): self.init(literal ? .constant(value) : .field(text))
        case .object(let members): try self.init(members, at: name)
        default: throw .invalid(name, reason: "is neither a field's name nor {from: …, as: …} nor {value: …}")
        }
    }

    private init(_ members: [String: JSONValue], at name: String) throws(SettingsError) {
        for key in members.keys.sorted() where !["from", "as", "value"].contains(key) {
            throw .unknown("\(name).\(key)", known: ["from", "as", "value"])
        }
        kind = try Self.kind(members["as"], at: name)
        switch (members["from"], members["value"]) {
        case (.string(let field)?, nil): origin = .field(field)
        case (nil, let constant?): origin = .constant(constant)
        default: throw .invalid(name, reason: "needs either “from” or “value”")
        }
    }

    private static func kind(_ value: JSONValue?, at name: String) throws(SettingsError) -> Kind? {
        guard let value else { return nil }
        guard case .string(let text) = value, let kind = Kind(rawValue: text) else {
            let known = Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid(name, reason: "has an “as” that is not one of \(known)")
        }
        return kind
    }

    /// The rule's value for a record; `nil` when the record has none.
    func value(in record: some SourceRecord) throws(RecordError) -> JSONValue? {
        switch origin {
        case .constant(let value): return value
        case .field(let path):
            guard let value = record.value(at: path) else { return nil }
            guard let kind else { return value }
            return try kind.convert(value, path)
        }
    }

    /// The value as text; numbers are taken as they are written.
    func text(in record: some SourceRecord) throws(RecordError) -> String? {
        switch try value(in: record) {
        case .string(let text): return text.isEmpty ? nil : text
        case .number(let number): return number.text
        case .none, .null: return nil
        default: throw RecordError("wrong_type", "The field “\(name)” is neither text nor a number.")
        }
    }

    private var name: String {
        if case .field(let path) = origin { path } else { "value" }
    }
}

extension FieldRule.Kind {
    fileprivate func convert(_ value: JSONValue, _ name: String) throws(RecordError) -> JSONValue {
        guard let text = value.scalarText else {
            throw RecordError("wrong_type", "The field “\(name)” is not a single value.")
        }
        guard let converted = converted(text) else {
            throw RecordError("wrong_type", "The field “\(name)” cannot be read as \(rawValue).")
        }
        return converted
    }

    private func converted(_ text: String) -> JSONValue? {
        switch self {
        case .string: return .string(text)
        case .number: return JSONNumber(text).map(JSONValue.number)
        case .boolean: return boolean(text.lowercased()).map(JSONValue.bool)
        case .time: return Timestamp.lenient(text).map { .string($0.description) }
        case .seconds: return time(text, times: 1_000_000)
        case .milliseconds: return time(text, times: 1000)
        }
    }

    private func boolean(_ text: String) -> Bool? {
        switch text {
        case "true", "yes", "1", "y", "t": true
        case "false", "no", "0", "n", "f": false
        default: nil
        }
    }

    private func time(_ text: String, times factor: Double) -> JSONValue? {
        guard let number = Double(text), abs(number * factor) < 1e17 else { return nil }
        return .string(Timestamp(microseconds: Int64((number * factor).rounded())).description)
    }
}

extension JSONValue {
    fileprivate var scalarText: String? {
        switch self {
        case .string(let text): text
        case .number(let number): number.text
        case .bool(let flag): flag ? "true" : "false"
        default: nil
        }
    }
}

extension Timestamp {
    /// A time as exports have it: RFC 3339, or without a zone, which then means UTC.
    static func lenient(_ text: String) -> Timestamp? {
        Timestamp(text) ?? Timestamp(text + "Z")
    }
}
