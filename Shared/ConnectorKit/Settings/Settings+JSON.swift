import Events

extension Settings {
    /// All settings as the expressions of a manifest see them: with their defaults, each as what it is declared to be.
    func json(of fields: [SettingField]) throws(SettingsError) -> JSONValue {
        var members: [String: JSONValue] = [:]
        for field in fields { members[field.name] = try json(field) }
        return .object(members)
    }

    private func json(_ field: SettingField) throws(SettingsError) -> JSONValue {
        guard let text = try plainText(field) else { return field.kind == .list ? [] : .null }
        switch field.kind {
        case .text:
            guard field.choices?.contains(text) ?? true else {
                let choices = (field.choices ?? []).joined(separator: ", ")
                throw .invalid(field.name, reason: "is not one of \(choices)")
            }
            return .string(text)
        case .integer:
            return (try integer(field.name, in: Int.min...Int.max)).map { .number(JSONNumber($0)) } ?? .null
        case .flag: return (try flag(field.name)).map(JSONValue.bool) ?? .null
        case .time:
            guard let time = Timestamp(text) else {
                throw .invalid(field.name, reason: "is not a time such as 2026-01-01T00:00:00Z")
            }
            return .string(time.description)
        case .duration:
            return (try duration(field.name)).map { .number(JSONNumber(Int($0 / .seconds(1)))) } ?? .null
        case .list: return .array(try texts(field.name).map(JSONValue.string))
        case .object: return .object(try object(field.name))
        }
    }

    /// The value, or the default, as a text; a list or an object only says that it is there.
    private func plainText(_ field: SettingField) throws(SettingsError) -> String? {
        guard field.kind != .list, field.kind != .object else { return value(field.name) == nil ? field.fallback : "" }
        return try text(field.name)
    }
}
