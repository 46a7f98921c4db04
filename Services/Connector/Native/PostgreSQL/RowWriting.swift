import ConnectorKit
import Events
import PostgreSQL

/// What a destination does with a payload, as SQL; pure.
enum RowWriting: Equatable {
    /// Adds the row, or changes the one that has its key.
    case upsert(table: SQLName, key: [String])
    /// `$1` is the payload, `$2` the command's id.
    case statement(String)

    /// The statement for a payload, and its parameters.
    func statement(for payload: JSONValue, id: String) throws(RecordError) -> RowSelection.Statement {
        guard case .object(let members) = payload else {
            throw RecordError("not_an_object", "What is to be written is no object of columns.")
        }
        switch self {
        case .statement(let text):
            return .init(text: text, values: [.text(payload.text, .jsonb), .text(id, .text)])
        case .upsert(let table, let key):
            if let missing = key.first(where: { members[$0] ?? .null == .null }) {
                throw RecordError("no_key", "What is to be written has no “\(missing)”, which is of the key.")
            }
            let text = Self.upsert(members.keys.sorted(), into: table, key)
            return .init(text: text, values: [.text(payload.text, .jsonb)])
        }
    }

    private static func upsert(_ columns: [String], into table: SQLName, _ key: [String]) -> String {
        let names = columns.map { "\(SQLName($0))" }.joined(separator: ", ")
        let changes = columns.filter { !key.contains($0) }.map { "\(SQLName($0)) = EXCLUDED.\(SQLName($0))" }
        let action = changes.isEmpty ? "NOTHING" : "UPDATE SET \(changes.joined(separator: ", "))"
        return """
            INSERT INTO \(table) (\(names)) SELECT \(names) FROM jsonb_populate_record(NULL::\(table), $1) \
            ON CONFLICT (\(key.map { "\(SQLName($0))" }.joined(separator: ", "))) DO \(action)
            """
    }
}
