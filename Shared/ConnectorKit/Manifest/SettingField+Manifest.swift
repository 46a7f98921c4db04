import YAML

extension SettingField {
    /// Reads what a manifest says of a setting.
    init(_ field: YAMLField) throws(YAMLError) {
        let fields = try field.fields(known: ["summary", "type", "choices", "default", "optional", "secret"])
        let choices = try fields["choices"]?.texts()
        let kind = try fields["type"]?.choice(of: Kind.self) ?? .text
        guard choices == nil || kind == .text else { throw field.error("Only a text can have “choices”.") }
        let fallback = fields["default"]?.scalar
        let isOptional = try fields["optional"]?.flag() ?? false
        self.init(
            name: field.name,
            summary: try field.required("summary", in: fields).text(),
            kind: kind,
            choices: choices,
            fallback: fallback,
            isRequired: fallback == nil && !isOptional,
            isSecret: try fields["secret"]?.flag() ?? false
        )
        if let value = fields["default"] { try check(value) }
    }

    /// Refuses a default that the setting itself could not have.
    private func check(_ value: YAMLField) throws(YAMLError) {
        guard fallback != nil, kind != .list, kind != .object else {
            throw value.error("Only one value can be a “default”; a list or an object may be “optional”.")
        }
        do throws(SettingsError) {
            _ = try Settings([:], declared: [self]).json(of: [self])
        } catch {
            throw value.error("“default” is wrong: \(error)")
        }
    }
}
