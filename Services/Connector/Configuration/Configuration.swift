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
        /// The line of the file that it begins on; `nil` when it is of no file.
        ///
        /// An entry that only moved is the same.
        var line: Int?
        /// The settings that only its other half has, if it is a source and a destination.
        var others: [String] = []

        static func == (one: Self, other: Self) -> Bool {
            one.name == other.name && one.type == other.type && one.values == other.values
        }
    }

    /// The value of an environment variable; `nil` when it is not set.
    typealias Variables = (String) throws(SecretFileError) -> String?

    init() {}

    /// Reads the file's text; `${NAME}` in a value stands for the environment variable.
    init(_ text: String, environment: Variables) throws {
        guard let file = try YAMLField(file: text), file.members != nil else { return }
        try Self.checkSections(of: file)
        sources = try Self.entries(file.member("sources"), environment)
        destinations = try Self.entries(file.member("destinations"), environment)
        connectors = try Self.entries(file.member("connectors"), environment)
    }

    /// What the file may have in all, also what other services read; a name that begins with `x-` is the writer's own.
    private static let sections = ["sources", "destinations", "connectors", "rules", "retention"]

    private static func checkSections(of file: YAMLField) throws(YAMLError) {
        for section in file.members ?? [] where !section.name.hasPrefix("x-") && !sections.contains(section.name) {
            throw section.nameError("There is no section “\(section.name)”", known: sections)
        }
    }

    private static func entries(
        _ list: YAMLField?,
        _ environment: Variables
    ) throws(ConfigurationError) -> [Entry] {
        guard let list, !list.isNull else { return [] }
        guard let elements = list.elements else {
            throw ConfigurationError(list.name, "is not a list", line: list.nameLine)
        }
        var entries: [Entry] = []
        for (index, element) in elements.enumerated() {
            let entry = try Entry(element.json, at: "\(list.name)[\(index)]", line: element.line, environment)
            guard !entries.contains(where: { $0.name == entry.name }) else {
                throw ConfigurationError(entry, "is there twice")
            }
            entries.append(entry)
        }
        return entries
    }
}

extension Configuration.Entry {
    /// Reads one entry.
    init(
        _ value: JSONValue,
        at place: String,
        line: Int? = nil,
        _ environment: Configuration.Variables
    ) throws(ConfigurationError) {
        guard case .object(var values) = value else {
            throw ConfigurationError(place, "is not a set of settings", line: line)
        }
        guard case .string(let name) = values.removeValue(forKey: "name"), !name.isEmpty else {
            throw ConfigurationError(place, "has no name", line: line)
        }
        guard case .string(let type) = values.removeValue(forKey: "type") else {
            throw ConfigurationError(name, "has no type", line: line)
        }
        self.name = name
        self.type = type
        self.values = [:]
        self.line = line
        for (key, value) in values {
            self.values[key] = try Self.filled(value, ConfigurationError(name, "", line: line), environment)
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
            throw ConfigurationError(place.subject, "needs \(name). \(error)", line: place.line)
        }
        guard let value else {
            let reason = "needs the environment variable \(name), which is not set"
            throw ConfigurationError(place.subject, reason, line: place.line)
        }
        return value
    }
}

/// What is wrong with the configuration.
struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    let subject: String
    let reason: String
    /// The line of the file that it stands on; `nil` when it is about no line.
    let line: Int?

    init(_ subject: String, _ reason: String, line: Int? = nil) {
        self.subject = subject
        self.reason = reason
        self.line = line
    }

    init(_ entry: Configuration.Entry, _ reason: String) {
        self.init(entry.name, reason, line: entry.line)
    }

    var description: String {
        let place = line.map { "line \($0): " } ?? ""
        return "\(place)“\(subject)” \(reason)\(reason.hasSuffix(".") ? "" : ".")"
    }
}
