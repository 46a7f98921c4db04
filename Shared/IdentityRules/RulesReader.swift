import Identity
import YAML

/// Reads a file over the default rules.
struct RulesReader {
    /// The fields of a file, in the order in which they are written.
    enum Field: String, CaseIterable {
        case country
        case foldMailboxes
        case degreeLimit
        case identifierBytes
        case identifiersPerEvent
        case traitBytes
        case signOutEvents
        case namespaces
        case otherNamespaces
        case contactNamespaces
        case traits
    }

    private(set) var rules = Rules()
    private var places = NamespacePlaces()

    mutating func read(_ file: YAMLField) throws(RulesError) {
        let fields = try about(nil) { () throws(YAMLError) in
            try file.fields(known: Field.allCases.map(\.rawValue))
        }
        // What identifiers look like decides how junk is written, and what holds otherwise where a namespace begins.
        try readGeneral(fields)
        try readUnnamed(fields)
        try readNamespaces(fields[Field.namespaces.rawValue])
        try readTraits(fields[Field.traits.rawValue])
        try about(nil) { () throws(YAMLError) in try places.check(rules) }
    }

    // MARK: - General

    private mutating func readGeneral(_ fields: [String: YAMLField]) throws(RulesError) {
        for field in Field.allCases {
            guard let value = fields[field.rawValue] else { continue }
            try about(nil) { () throws(YAMLError) in try read(field, value) }
        }
    }

    private mutating func read(_ field: Field, _ value: YAMLField) throws(YAMLError) {
        switch field {
        case .country: try readCountry(value)
        case .foldMailboxes: rules.foldsMailboxes = try value.flag()
        case .degreeLimit: rules.degreeLimit = try value.integer(in: Bounds.degreeLimit)
        case .identifierBytes: rules.identifierBytes = try value.integer(in: Bounds.identifierBytes)
        case .identifiersPerEvent: rules.identifiersPerEvent = try value.integer(in: Bounds.identifiersPerEvent)
        case .traitBytes: rules.traitBytes = try value.integer(in: Bounds.traitBytes)
        case .signOutEvents: rules.signOutEvents = Set(try value.texts().map { $0.lowercased() })
        case .namespaces, .otherNamespaces, .contactNamespaces, .traits: break
        }
    }

    private mutating func readCountry(_ value: YAMLField) throws(YAMLError) {
        guard let country = PhoneCountry(try value.text()) else {
            throw value.error("“country” must be a country's two letters in ISO 3166, such as KR.")
        }
        rules.country = country.code
    }

    // MARK: - Namespaces

    private mutating func readUnnamed(_ fields: [String: YAMLField]) throws(RulesError) {
        if let value = fields[Field.otherNamespaces.rawValue], !value.isNull {
            rules.other = try about(nil) { () throws(YAMLError) in
                try NamespaceReader(rules: rules).rule(value, over: rules.other)
            }
            places.other = value.nameLine
        }
        if let value = fields[Field.contactNamespaces.rawValue], !value.isNull {
            rules.contact = try about(nil) { () throws(YAMLError) in
                try NamespaceReader(rules: rules).rule(value, over: rules.contact)
            }
            places.contact = value.nameLine
        }
    }

    private mutating func readNamespaces(_ section: YAMLField?) throws(RulesError) {
        for value in try entries(of: section) {
            let rule = try about("namespace “\(value.name)”") { () throws(YAMLError) in
                try NamespaceReader.checkName(value)
                guard places.named[value.name] == nil else { throw value.nameError("It is there twice.") }
                guard !value.isNull else { return rules[value.name] }
                return try NamespaceReader(rules: rules).rule(value, over: rules[value.name])
            }
            rules.namespaces[value.name] = rule
            places.named[value.name] = value.nameLine ?? 0
        }
    }

    // MARK: - Traits

    private mutating func readTraits(_ section: YAMLField?) throws(RulesError) {
        var names: Set<String> = []
        for value in try entries(of: section) {
            let rule = try about("trait “\(value.name)”") { () throws(YAMLError) in
                try TraitReader.checkName(value)
                guard names.insert(value.name).inserted else { throw value.nameError("It is there twice.") }
                return try TraitReader.rule(value)
            }
            // What holds anyhow is not kept, so that rules that mean the same are the same.
            if rule != .last { rules.traits[value.name] = rule }
        }
    }

    private func entries(of section: YAMLField?) throws(RulesError) -> [YAMLField] {
        guard let section, !section.isNull else { return [] }
        guard let members = section.members else {
            throw RulesError(section.error("“\(section.name)” must be a mapping by name."))
        }
        return members
    }
}
