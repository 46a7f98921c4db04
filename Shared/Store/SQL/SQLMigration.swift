/// One step towards the present form of a store's tables; those that were shipped are never edited.
///
/// A step is compatible when a version from before it can go on beside versions that have taken it, and start again on their
/// store: it adds a table, an index that is not unique, or a column with a default, and what was there keeps its meaning. Every
/// statement that inserts names its columns, so that a column more is none of its business. A store that has taken any other step is
/// refused by versions from before it.
public struct SQLMigration: Sendable {
    /// What stands behind the name of a compatible step, so that versions can read it that do not know the step.
    private static let mark = " (compatible)"

    /// What it is known by, in stores as well.
    public let name: String
    /// Takes the step.
    let take: @Sendable (any SQLConnection) throws -> Void

    /// A step of definitions of tables and indexes as SQLite has them, separated by semicolons.
    public init(_ name: String, isCompatible: Bool = false, _ text: String) {
        self.init(name, isCompatible: isCompatible) { db in
            for statement in Self.statements(of: text) { try db.define(statement) }
        }
    }

    /// A step that is more than definitions.
    public init(
        _ name: String,
        isCompatible: Bool = false,
        _ take: @escaping @Sendable (any SQLConnection) throws -> Void
    ) {
        self.name = isCompatible ? name + Self.mark : name
        self.take = take
    }

    /// Whether a version can work with a store that has taken some steps: it knows all but compatible ones.
    public static func areUsable(_ taken: some Sequence<String>, by known: [SQLMigration]) -> Bool {
        Set(taken).subtracting(known.map(\.name)).allSatisfy { $0.hasSuffix(mark) }
    }

    /// One statement after the other, without comments.
    private static func statements(of text: String) -> [String] {
        text.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("--") }.joined(separator: "\n")
            .split(separator: ";").map { String($0) }.filter { !$0.allSatisfy(\.isWhitespace) }
    }
}

extension SQLConnection {
    /// Makes a table or an index by a definition as SQLite has it.
    public func define(_ statement: String) throws {
        try execute(dialect.definition(statement))
    }
}
