import ConnectorKit
import Events

/// Makes an entry of what somebody says on the command line, and sees to it that it is one the service will take.
struct EntryPlan {
    let catalog: Catalog
    let environment: (String) -> String?
    /// Whether secrets may stand in the file themselves.
    var allowsSecrets = false

    /// The entry; a secret that must be given and is not, becomes a variable of the environment.
    func entry(name: String, type: String, as list: NewEntry.List?, set assignments: [Assignment]) throws -> NewEntry {
        let list = try self.list(of: type, list)
        let fields = try fields(of: type, in: list)
        var entry = NewEntry(list: list, name: name, type: type)
        for assignment in assignments {
            if !allowsSecrets, fields.contains(where: { $0.name == assignment.name && $0.isSecret }) {
                try requireReference(assignment, in: name)
            }
            entry.set(assignment, as: fields.first { $0.name == assignment.name }?.kind)
        }
        for field in fields
        where field.isRequired && field.isSecret && !entry.settings.contains(where: { $0.name == field.name }) {
            entry.set(Assignment(field.name, "${\(Self.variable(of: field.name, in: name))}"))
        }
        try check(entry, fields)
        return entry
    }

    /// The variables that the entry names and that are not set here.
    func missing(in entry: NewEntry) -> [String] {
        let texts = entry.settings.flatMap { $0.value.allTexts }
        let names = texts.flatMap { $0.matches(of: #/\$\{([^}]*)\}/#).map { String($0.1) } }
        return names.filter { environment($0) == nil }
    }

    private func list(of type: String, _ asked: NewEntry.List?) throws -> NewEntry.List {
        let halves = try catalog.fields(of: type)
        if halves.source != nil, halves.destination != nil, asked == nil, !catalog.isDeclared(type) {
            throw ConfigurationError(
                type,
                "is a source and a destination; say as which: --as source or --as destination"
            )
        }
        guard asked != .sources || halves.source != nil, asked != .destinations || halves.destination != nil else {
            throw ConfigurationError(type, "is a \(halves.source != nil ? "source" : "destination")")
        }
        return asked ?? .connectors
    }

    private func fields(of type: String, in list: NewEntry.List) throws -> [SettingField] {
        let (source, destination) = try catalog.fields(of: type)
        var fields = list == .destinations ? [] : source.map { $0 + ConfiguredSource.fields } ?? []
        if list != .sources {
            fields += (destination ?? []).filter { field in !fields.contains { $0.name == field.name } }
        }
        return fields
    }

    private func requireReference(_ assignment: Assignment, in name: String) throws {
        guard assignment.text.wholeMatch(of: #/\$\{\w+\}/#) == nil else { return }
        let reference = "'\(assignment.name)=${\(Self.variable(of: assignment.name, in: name))}'"
        throw ConfigurationError(
            assignment.name,
            "is secret: put it into the environment and say where, \(reference), or allow it with --allow-secrets"
        )
    }

    /// What can be known without the variables that are not set here, and the rest when all are.
    private func check(_ entry: NewEntry, _ fields: [SettingField]) throws {
        do throws(SettingsError) {
            _ = try Settings(entry.settings.reduce(into: [:]) { $0[$1.name] = $1.value }, declared: fields)
        } catch {
            throw ConfigurationError(entry.name, "would be wrong: \(error)")
        }
        guard missing(in: entry).isEmpty else { return }
        var configuration = Configuration()
        let known = try Configuration.Entry(entry.json, at: entry.name, environment)
        switch entry.list {
        case .connectors: configuration.connectors = [known]
        case .sources: configuration.sources = [known]
        case .destinations: configuration.destinations = [known]
        }
        _ = try configuration.configured(by: catalog)
    }

    /// Such as CRM_TOKEN for the token of crm, or SHOP_API_KEY for the apiKey of shop.
    static func variable(of setting: String, in name: String) -> String {
        let words = setting.replacing(#/[A-Z]+/#) { "_\($0.0)" }
        return "\(name)_\(words)".uppercased().replacing(#/[^A-Z0-9]+/#, with: "_")
    }
}

/// A setting and its value, as somebody writes it: `name=value`.
struct Assignment: Equatable {
    let name: String
    let text: String

    init(_ name: String, _ text: String) {
        self.name = name
        self.text = text
    }

    init?(_ text: String) {
        guard let sign = text.firstIndex(of: "="), sign > text.startIndex else { return nil }
        self.init(String(text[..<sign]), String(text[text.index(after: sign)...]))
    }

    /// Numbers and truth values are themselves, and so are named values where these are asked for; everything else is text.
    fileprivate func value(as kind: SettingField.Kind?) -> JSONValue {
        switch try? JSONValue(parsing: Array(text.utf8)) {
        case .object(let members)? where kind == .object: .object(members)
        case .number(let number)?: .number(number)
        case .bool(let flag)?: .bool(flag)
        default: .string(text)
        }
    }
}

extension JSONValue {
    /// Every text in it, however deep.
    var allTexts: [String] {
        switch self {
        case .string(let text): [text]
        case .array(let elements): elements.flatMap(\.allTexts)
        case .object(let members): members.values.flatMap(\.allTexts)
        default: []
        }
    }
}

extension NewEntry {
    /// Sets the value; what is set more than once is a list.
    fileprivate mutating func set(_ assignment: Assignment, as kind: SettingField.Kind? = nil) {
        guard let index = settings.firstIndex(where: { $0.name == assignment.name }) else {
            return settings.append((assignment.name, assignment.value(as: kind)))
        }
        let text = JSONValue.string(assignment.text)
        switch settings[index].value {
        case .array(let texts): settings[index].value = .array(texts + [text])
        case .string(let first): settings[index].value = [.string(first), text]
        case let first: settings[index].value = [.string(first.text), text]
        }
    }
}
