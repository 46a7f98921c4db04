import Events
import JQ
import YAML

/// A jq expression of a manifest.
struct Expression: Sendable {
    private let program: Program

    /// The definitions of the manifest that is being read, which all of its expressions may use.
    @TaskLocal static var definitions = ""

    /// The names of the settings that this manifest declares; `nil` when none is being read, and nothing is known of them.
    @TaskLocal static var settings: [String]?

    /// What every expression may use, on top of jq's own.
    ///
    /// `at`, `traits` and `id` stand behind a bar, where the event is the input; what they are given is about the record.
    private static let library = """
        def identify(ids; traits): {type: "identify", ids: ids, traits: traits}; \
        def track(name; ids; properties): {type: "track", event: name, ids: ids, properties: properties}; \
        def group(id; ids; traits): {type: "group", groupId: id, ids: ids, traits: traits}; \
        def at(time): .timestamp = ($record | time); \
        def at(time; made): at(time) | .made = ($record | made); \
        def traits(object): .about = ($record | object); \
        def id(value): .messageId = ($record | value); \
        def seconds: .[0:19] + "Z" | fromdate; \
        def trimmed: capture("\\\\A\\\\s*(?<t>.*\\\\S)?\\\\s*\\\\z"; "p").t // "";
        """

    init(_ field: YAMLField) throws(YAMLError) {
        let source = try field.text()
        try self.init(source, at: field)
    }

    /// Compiles a text that is in no manifest.
    init(_ source: String) throws(ProgramError) {
        program = try Program(source, library: "\(Self.library) \(Self.definitions)\n", variables: Scope.names)
    }

    /// Compiles another text than the field's own, for which the field answers.
    init(_ source: String, at field: YAMLField) throws(YAMLError) {
        do throws(ProgramError) {
            try self.init(source)
        } catch {
            throw field.error("\(field.title) cannot be used: \(error.problem)")
        }
        try Self.checkSettings(in: source, at: field)
    }

    /// The expression for a person, on one line; of a plain field, only the field's name.
    var shown: String {
        let words = program.source.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let name = words.dropFirst()
        let isField = words.hasPrefix(".") && name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
        return isField && !name.isEmpty ? String(name) : words
    }

    /// Everything that it gives.
    func values(of input: JSONValue, in scope: Scope, limit: Int = 10_000) throws(ProgramError) -> [JSONValue] {
        try program.run(input, variables: scope.values, limit: limit)
    }

    /// The first value that it gives, unless that is null.
    func value(of input: JSONValue, in scope: Scope) throws(ProgramError) -> JSONValue? {
        try values(of: input, in: scope).first.flatMap { $0 == .null ? nil : $0 }
    }

    /// Whether the first value is neither false nor null nor missing.
    func holds(for input: JSONValue, in scope: Scope) throws(ProgramError) -> Bool {
        let value = try value(of: input, in: scope)
        return value != nil && value != .bool(false)
    }
}

// MARK: - Settings

extension Expression {
    /// Refuses a program that names a setting which is not declared; what it computes the name of may be any.
    static func checkSettings(in source: String, at field: YAMLField) throws(YAMLError) {
        guard let known = settings else { return }
        for name in settingNames(in: source) where !known.contains(name) {
            guard !known.isEmpty else {
                throw field.error("There is no setting “\(name)”; the manifest declares none.")
            }
            throw field.error("There is no setting “\(name)”", for: name, known: known)
        }
    }

    private static func settingNames(in source: String) -> [String] {
        var names: [String] = []
        for line in source.split(whereSeparator: \.isNewline) {
            var rest = line
            while let found = rest.firstRange(of: "$settings.") {
                rest = rest[found.upperBound...]
                let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
                if !name.isEmpty, !endsInComment(line[..<found.lowerBound]) { names.append(String(name)) }
            }
        }
        return names
    }

    /// Whether the beginning of a line has a # that is in no text.
    private static func endsInComment(_ beginning: Substring) -> Bool {
        var isQuoted = false
        for character in beginning {
            if character == "\"" { isQuoted.toggle() }
            if character == "#", !isQuoted { return true }
        }
        return false
    }
}
