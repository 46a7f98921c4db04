public import Curl
public import Events

/// A connector's settings, checked against those it declares.
public struct Settings: Sendable, Equatable {
    private let values: [String: JSONValue]
    private let fields: [SettingField]

    /// Takes the values, and refuses a setting that is not declared, by name and together with those that are.
    public init(_ values: [String: JSONValue], declared fields: [SettingField]) throws(SettingsError) {
        for name in values.keys.sorted() where !fields.contains(where: { $0.name == name }) {
            throw .unknown(name, known: fields.map(\.name))
        }
        for field in fields where field.isRequired && (values[field.name] ?? .null) == .null {
            throw .missing(field.name)
        }
        self.values = values
        self.fields = fields
    }

    /// The value as it stands in the configuration, or `nil`.
    public func value(_ name: String) -> JSONValue? {
        guard let value = values[name], value != .null else { return nil }
        return value
    }

    /// The value as text; numbers are taken as they are written.
    public func text(_ name: String) throws(SettingsError) -> String? {
        switch value(name) {
        case .string(let text): return text
        case .number(let number): return number.text
        case .bool(let flag): return flag ? "true" : "false"
        case .none: return fields.first { $0.name == name }?.fallback
        default: throw .invalid(name, reason: "is not a text")
        }
    }

    /// The value as text that must be there.
    public func requiredText(_ name: String) throws(SettingsError) -> String {
        guard let text = try text(name), !text.isEmpty else { throw .missing(name) }
        return text
    }

    /// The value as a whole number in the range.
    public func integer(_ name: String, in range: ClosedRange<Int>) throws(SettingsError) -> Int? {
        guard let text = try text(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw .invalid(name, reason: "is not a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// The value as a whole number in the range that must be there, or have a default.
    public func requiredInteger(_ name: String, in range: ClosedRange<Int>) throws(SettingsError) -> Int {
        try required(name, try integer(name, in: range))
    }

    /// The value as yes or no.
    public func flag(_ name: String) throws(SettingsError) -> Bool? {
        switch try text(name) {
        case "true": true
        case "false": false
        case nil: nil
        default: throw .invalid(name, reason: "is neither true nor false")
        }
    }

    /// The value as yes or no that must be there, or have a default.
    public func requiredFlag(_ name: String) throws(SettingsError) -> Bool {
        try required(name, try flag(name))
    }

    /// The value as a time span: a number of seconds, or with a unit, `500ms`, `30s`, `5m`, `2h`, `1d`.
    public func duration(_ name: String) throws(SettingsError) -> Duration? {
        guard let text = try text(name) else { return nil }
        guard let duration = Duration(span: text) else {
            throw .invalid(name, reason: "is not a time span such as 500ms, 30s, 5m or 2h, of a hundred years at most")
        }
        return duration
    }

    /// The value as a time span that must be there, or have a default.
    public func requiredDuration(_ name: String) throws(SettingsError) -> Duration {
        try required(name, try duration(name))
    }

    /// The value as one of the choices.
    public func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String,
        of type: Choice.Type
    ) throws(SettingsError) -> Choice? {
        guard let text = try text(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid(name, reason: "is not one of \(known)")
        }
        return choice
    }

    /// The value as one of the choices that must be there, or have a default.
    public func requiredChoice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String,
        of type: Choice.Type
    ) throws(SettingsError) -> Choice {
        try required(name, try choice(name, of: type))
    }

    private func required<Value>(_ name: String, _ value: Value?) throws(SettingsError) -> Value {
        guard let value else { throw .missing(name) }
        return value
    }

    /// The value as a list of texts; a single text is a list of one.
    public func texts(_ name: String) throws(SettingsError) -> [String] {
        switch value(name) {
        case .none: return []
        case .array(let elements):
            let texts = elements.compactMap { if case .string(let text) = $0 { text } else { nil } }
            guard texts.count == elements.count else { throw .invalid(name, reason: "is not a list of texts") }
            return texts
        default: return [try requiredText(name)]
        }
    }

    /// The value as named values; none when there is no value.
    public func object(_ name: String) throws(SettingsError) -> [String: JSONValue] {
        switch value(name) {
        case .none: return [:]
        case .object(let members): return members
        default: throw .invalid(name, reason: "is not a set of names with their values")
        }
    }

    /// The value as a list of address ranges.
    public func ranges(_ name: String) throws(SettingsError) -> [CIDR] {
        var ranges: [CIDR] = []
        for text in try texts(name) {
            guard let range = CIDR(text) else {
                throw .invalid(name, reason: "has “\(text)”, which is no address range such as 10.0.0.0/8")
            }
            ranges.append(range)
        }
        return ranges
    }
}

extension Duration {
    /// The time span that a text is: a number of seconds, or with a unit, `500ms`, `30s`, `5m`, `2h`, `1d`.
    ///
    /// It is a hundred years at most: one that is far longer cannot be reckoned with.
    public init?(span text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let units: [Substring: Int64] = ["ms": 1, "": 1000, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
        guard let number = Int64(digits), number < 1 << 32, let unit = units[text[digits.endIndex...]] else {
            return nil
        }
        let milliseconds = number * unit
        guard milliseconds <= 36_525 * 86_400_000 else { return nil }
        self = .milliseconds(milliseconds)
    }
}
