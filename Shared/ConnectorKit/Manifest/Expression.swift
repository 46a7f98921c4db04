import Events
import JQ
import YAML

/// A jq expression of a manifest.
struct Expression: Sendable {
    private let program: Program

    /// The definitions of the manifest that is being read, which all of its expressions may use.
    @TaskLocal static var definitions = ""

    /// What every expression may use, on top of jq's own.
    ///
    /// `at`, `traits` and `id` stand behind a bar, where the event is the input; what they are given is about the record.
    private static let library = """
        def identify(ids; traits): {type: "identify", ids: ids, traits: traits}; \
        def track(name; ids; properties): {type: "track", event: name, ids: ids, properties: properties}; \
        def group(id; ids; traits): {type: "group", groupId: id, ids: ids, traits: traits}; \
        def at(time): .timestamp = ($record | time); \
        def traits(object): .about = ($record | object); \
        def id(value): .messageId = ($record | value); \
        def seconds: .[0:19] + "Z" | fromdate; \
        def trimmed: sub("^\\\\s+"; "") | sub("\\\\s+$"; "");
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
