import Identity
import YAML

/// Reads what a file says of one namespace, or of all that it does not name.
struct NamespaceReader {
    /// The fields of a namespace, in the order in which they are written.
    enum Field: String, CaseIterable {
        case priority
        case limit
        case unique
        case device
        case normalize
        case mayRepeat
        case sharedAbove
        case sharedAboveWeak
        case junk
    }

    /// The rules as they are so far: they say in which form junk is compared.
    let rules: Rules

    /// The rule that holds without the file, but for what it says.
    func rule(_ value: YAMLField, over known: NamespaceRule) throws(YAMLError) -> NamespaceRule {
        let fields = try value.fields(known: Field.allCases.map(\.rawValue))
        var rule = known
        for field in Field.allCases {
            if let value = fields[field.rawValue] { try read(field, value, into: &rule) }
        }
        // Nobody says of a device that it is not a login.
        if rule.isDevice, fields[Field.unique.rawValue] == nil { rule.isUnique = false }
        guard !rule.isDevice || !rule.isUnique else {
            let isSaid = fields[Field.device.rawValue] != nil
            let remedy = isSaid ? "." : "; say “device: false” as well if it is none."
            let place = fields[Field.unique.rawValue] ?? value
            throw place.error("“unique” cannot be true of a device, which several people may use\(remedy)")
        }
        return rule
    }

    private func read(_ field: Field, _ value: YAMLField, into rule: inout NamespaceRule) throws(YAMLError) {
        switch field {
        case .priority: rule.priority = try value.integer(in: Bounds.priority)
        case .limit: rule.limit = try value.integer(in: Bounds.limit)
        case .unique: rule.isUnique = try value.flag()
        case .device: rule.isDevice = try value.flag()
        case .normalize: rule.normalization = try value.choice(of: NamespaceRule.Normalization.self)
        case .mayRepeat: rule.mayRepeat = try value.flag()
        case .sharedAbove: rule.shareThreshold = try value.integer(in: Bounds.sharedAbove)
        case .sharedAboveWeak: rule.weakShareThreshold = try value.integer(in: Bounds.sharedAbove)
        // The last one: it depends on the normalization.
        case .junk: rule.junk = try JunkReader(rules: rules, normalization: rule.normalization).values(value)
        }
    }
}

// MARK: - Names

extension NamespaceReader {
    /// Refuses what no event can call a namespace.
    static func checkName(_ value: YAMLField) throws(YAMLError) {
        switch value.name {
        case "user_id":
            throw value.nameError("An external id of this type is in the namespace “user”, or the source's.")
        case "anonymous_id": throw value.nameError("An external id of this type is in the namespace “anonymous”.")
        default: break
        }
        guard isName(value.name) else {
            let form = Rules.namespaceForm(value.name).lowercased()
            let hint = form != value.name && isName(form) ? " Did you mean “\(form)”?" : ""
            throw value.nameError(
                """
                A namespace has 1 to \(Bounds.namespaceBytes.upperBound) bytes, and neither capitals, spaces nor colons, nor \
                characters that have a plain form.\(hint)
                """
            )
        }
    }

    private static func isName(_ name: String) -> Bool {
        let form = Rules.namespaceForm(name).lowercased()
        guard Bounds.namespaceBytes.contains(name.utf8.count), name == form else { return false }
        return !name.unicodeScalars.contains { $0.value <= 0x20 || $0 == ":" || $0.properties.isWhitespace }
    }
}
