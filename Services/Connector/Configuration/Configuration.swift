import ConnectorKit
import Events
import ServiceKit
import YAML

/// What `kith.yaml` says about sources and destinations.
///
/// ```yaml
/// sources:
///   - name: contacts
///     type: csv
///     path: contacts.csv
/// destinations:
///   - name: mail
///     type: smtp
///     host: smtp.example.com
///     password: ${SMTP_PASSWORD}
/// connectors:
///   - name: crm
///     type: hubspot
///     token: ${HUBSPOT_TOKEN}
/// ```
///
/// A connector is a source, a destination, or both.
struct Configuration: Sendable, Equatable {
    var sources: [Entry] = []
    var destinations: [Entry] = []
    var connectors: [Entry] = []

    /// One source or destination.
    struct Entry: Sendable, Equatable {
        var name: String
        var type: String
        /// Its settings, without name and type.
        var values: [String: JSONValue]
    }

    /// The value of an environment variable; `nil` when it is not set.
    typealias Variables = (String) throws(SecretFileError) -> String?

    init() {}

    /// Reads the file's text; `${NAME}` in a value stands for the environment variable.
    init(_ text: String, environment: Variables) throws {
        let file = try YAMLField(file: text)
        guard let file, case .object(let members) = file.json else { return }
        try Self.checkSections(of: file)
        sources = try Self.entries(members["sources"], "sources", environment)
        destinations = try Self.entries(members["destinations"], "destinations", environment)
        connectors = try Self.entries(members["connectors"], "connectors", environment)
    }

    /// What the file may have in all, also what other services read; a name that begins with `x-` is the writer's own.
    private static let sections = ["sources", "destinations", "connectors", "rules", "retention"]

    private static func checkSections(of file: YAMLField) throws(YAMLError) {
        for section in file.members ?? [] where !section.name.hasPrefix("x-") && !sections.contains(section.name) {
            throw section.nameError("There is no section “\(section.name)”", known: sections)
        }
    }

    private static func entries(
        _ value: JSONValue?,
        _ list: String,
        _ environment: Variables
    ) throws(ConfigurationError) -> [Entry] {
        switch value {
        case nil, .null: return []
        case .array(let elements):
            var entries: [Entry] = []
            for (index, element) in elements.enumerated() {
                let entry = try Entry(element, at: "\(list)[\(index)]", environment)
                guard !entries.contains(where: { $0.name == entry.name }) else {
                    throw ConfigurationError(entry.name, "is there twice")
                }
                entries.append(entry)
            }
            return entries
        default: throw ConfigurationError(list, "is not a list")
        }
    }
}

extension Configuration.Entry {
    /// Reads one entry.
    init(
        _ value: JSONValue,
        at place: String,
        _ environment: Configuration.Variables
    ) throws(ConfigurationError) {
        guard case .object(var values) = value else { throw ConfigurationError(place, "is not a set of settings") }
        guard case .string(let name) = values.removeValue(forKey: "name"), !name.isEmpty else {
            throw ConfigurationError(place, "has no name")
        }
        guard case .string(let type) = values.removeValue(forKey: "type") else {
            throw ConfigurationError(name, "has no type")
        }
        self.name = name
        self.type = type
        self.values = [:]
        for (key, value) in values {
            self.values[key] = try Self.filled(value, ConfigurationError(name, ""), environment)
        }
    }

    private static func filled(
        _ value: JSONValue,
        _ place: ConfigurationError,
        _ environment: Configuration.Variables
    ) throws(ConfigurationError) -> JSONValue {
        switch value {
        case .array(let elements):
            return .array(
                try elements.map { element throws(ConfigurationError) in try filled(element, place, environment) }
            )
        case .object(let members):
            var result: [String: JSONValue] = [:]
            for (name, member) in members { result[name] = try filled(member, place, environment) }
            return .object(result)
        case .string(let text) where text.contains("${"): return .string(try filled(text, place, environment))
        default: return value
        }
    }

    private static func filled(
        _ text: String,
        _ place: ConfigurationError,
        _ environment: Configuration.Variables
    ) throws(ConfigurationError) -> String {
        var result = ""
        var rest = text[...]
        while let start = rest.firstIndex(of: "$") {
            let variable = rest[start...].dropFirst()
            guard variable.first == "{", let end = variable.firstIndex(of: "}") else {
                result += rest[...start]
                rest = variable
                continue
            }
            let name = String(variable[variable.index(after: variable.startIndex)..<end])
            let value = try Self.value(of: name, place, environment)
            result += rest[..<start] + value
            rest = variable[variable.index(after: end)...]
        }
        return result + rest
    }

    private static func value(
        of name: String,
        _ place: ConfigurationError,
        _ environment: Configuration.Variables
    ) throws(ConfigurationError) -> String {
        let value: String?
        do throws(SecretFileError) {
            value = try environment(name)
        } catch {
            throw ConfigurationError(place.subject, "needs \(name). \(error)")
        }
        guard let value else {
            throw ConfigurationError(place.subject, "needs the environment variable \(name), which is not set")
        }
        return value
    }
}

/// What is wrong with the configuration.
struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    let subject: String
    let reason: String

    init(_ subject: String, _ reason: String) {
        self.subject = subject
        self.reason = reason
    }

    var description: String { "In the configuration, “\(subject)” \(reason)\(reason.hasSuffix(".") ? "" : ".")" }
}
