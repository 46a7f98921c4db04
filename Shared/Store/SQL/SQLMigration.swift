/// One step towards the present form of a store's tables; those that were shipped are never edited.
public struct SQLMigration: Sendable {
    /// What it is known by.
    public var name: String
    /// Takes the step.
    let take: @Sendable (any SQLConnection) throws -> Void

    /// A step of definitions of tables and indexes as SQLite has them, separated by semicolons.
    public init(_ name: String, _ text: String) {
        self.init(name) { db in
            for statement in Self.statements(of: text) { try db.define(statement) }
        }
    }

    /// A step that is more than definitions.
    public init(_ name: String, _ take: @escaping @Sendable (any SQLConnection) throws -> Void) {
        self.name = name
        self.take = take
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
