import ConnectorKit
import Events
import PostgreSQL
import Testing

@testable import ConnectorService

@Suite("Writing rows")
struct RowWritingTests {
    private let scores = RowWriting.upsert(table: SQLName("scores"), key: ["id"])

    @Test("adds or changes the columns that are named, and no others")
    func upsert() throws {
        let statement = try scores.statement(for: ["id": 1, "to\"tal": 2.5], id: "c1")
        #expect(
            statement.text == """
                INSERT INTO "scores" ("id", "to""tal") SELECT "id", "to""tal" \
                FROM jsonb_populate_record(NULL::"scores", $1) \
                ON CONFLICT ("id") DO UPDATE SET "to""tal" = EXCLUDED."to""tal"
                """
        )
        #expect(statement.values == [.text(#"{"id":1,"to\"tal":2.5}"#, .jsonb)])
        #expect(try scores.statement(for: ["id": 1], id: "c1").text.hasSuffix("DO NOTHING"))
    }

    @Test(
        "needs a value for the key, without which a copy would be another row",
        arguments: [["total": 1], ["id": .null], []] as [JSONValue]
    )
    func key(payload: JSONValue) {
        #expect(throws: RecordError.self) { try scores.statement(for: payload, id: "c1") }
    }

    @Test("gives a statement of one’s own the payload and the command’s id")
    func statement() throws {
        let statement = try RowWriting.statement("SELECT $2").statement(for: ["a": 1], id: "c1")
        #expect(statement == .init(text: "SELECT $2", values: [.text(#"{"a":1}"#, .jsonb), .text("c1", .text)]))
    }
}

private let kinds: [(PostgreSQLError, ConnectorFailure.Kind)] = [
    (PostgreSQLError(.connecting, state: "28P01", "password"), .configuration),
    (PostgreSQLError(.connecting, state: "3D000", "no database"), .configuration),
    (PostgreSQLError(.statement, state: "42P01", "no table"), .configuration),
    (PostgreSQLError(.statement, state: "42703", "no column"), .configuration),
    (PostgreSQLError(.statement, state: "42501", "no right"), .permission),
    (PostgreSQLError(.connecting, "refused"), .transient), (PostgreSQLError(.deadline, "late"), .transient),
    (PostgreSQLError(.broken, "cut"), .transient), (PostgreSQLError(.statement, state: "57P01", "stop"), .transient),
    (PostgreSQLError(.connecting, state: "53300", "too many"), .transient),
    (PostgreSQLError(.statement, state: "40P01", "deadlock"), .transient),
    (PostgreSQLError(.statement, state: "08006", "gone"), .transient),
    (PostgreSQLError(.address, "what"), .configuration),
]

private let outcomes: [(PostgreSQLError, isRetried: Bool)] = [
    (PostgreSQLError(.statement, state: "23502", "not null"), false),
    (PostgreSQLError(.statement, state: "22P02", "no number"), false),
    (PostgreSQLError(.statement, state: "42703", "no column"), false),
    (PostgreSQLError(.statement, state: "42P01", "no table"), true),
    (PostgreSQLError(.statement, state: "42501", "no right"), true),
    (PostgreSQLError(.connecting, state: "28P01", "password"), true), (PostgreSQLError(.broken, "cut"), true),
    (PostgreSQLError(.statement, state: "40001", "serialization"), true),
]

@Suite("An error of the database")
struct PostgreSQLFailureTests {
    @Test("says who can do something about it", arguments: kinds)
    func kind(error: PostgreSQLError, kind: ConnectorFailure.Kind) {
        #expect(ConnectorFailure(error).kind == kind)
    }

    @Test("ends a delivery only when the row is to blame", arguments: outcomes)
    func outcome(error: PostgreSQLError, isRetried: Bool) {
        switch PostgreSQLDestination.outcome(of: error) {
        case .retry, .putOff: #expect(isRetried)
        case .rejected: #expect(!isRetried)
        case .delivered: Issue.record("It was not delivered.")
        }
    }
}

@Suite("A connector that is source and destination")
struct TwofoldConnectorTests {
    private func configured(_ entry: String) throws -> (sources: Int, destinations: Int) {
        let configuration = try Configuration("connectors: [{name: shop, type: postgresql, \(entry)}]") { _ in nil }
        let configured = try configuration.configured(by: .builtIn())
        return (configured.sources.count, configured.destinations.count)
    }

    @Test("takes the settings of both under one name")
    func both() throws {
        let common = "url: 'postgres://db/shop', table: a, key: id, events: 'empty'"
        let both = try configured("\(common), cursor: c, userNamespace: crm, retryFirst: 1s, statement: 'SELECT 1'")
        #expect(both == (1, 1))
        #expect { try configured("\(common), colour: red") } throws: { "\($0)".contains("colour") }
        #expect { try configured("url: 'postgres//a:s3cret@db', table: a, key: id, events: empty") } throws: { error in
            "\(error)".contains("“url”") && !"\(error)".contains("s3cret")
        }
    }
}
