import Events
import Testing

@testable import ConnectorKit

@Suite("A Singer catalog")
struct SingerCatalogTests {
    private static let text = """
        {"version": 1, "streams": [
          {"tap_stream_id": "public-people", "stream": "people", "key_properties": [], "schema": {"properties": {"id": {}, "ümlaut 🎈": {}}},
           "metadata": [
             {"breadcrumb": [], "metadata": {"table-key-properties": ["id"], "row-count": 3, "selected": false}},
             {"breadcrumb": ["properties", "id"], "metadata": {"inclusion": "automatic", "sql-datatype": "bigint"}}]},
          {"tap_stream_id": "orders", "replication_key": "updated", "metadata": [
             {"breadcrumb": [], "metadata": {"forced-replication-method": "INCREMENTAL", "selected-by-default": true}}]}]}
        """

    private func catalog() throws -> SingerCatalog { try SingerCatalog(Array(Self.text.utf8)) }

    private func selected(_ choice: [String: SingerReplication]) throws -> [JSONValue] {
        guard case .array(let streams)? = try catalog().selecting(choice)["streams"] else { return [] }
        return streams
    }

    private func metadata(_ stream: JSONValue, _ place: JSONValue) -> JSONValue? {
        guard case .array(let list)? = stream["metadata"] else { return nil }
        return list.first { $0["breadcrumb"] == place }?["metadata"]
    }

    @Test("knows its streams by id and by name, their keys and how they are read")
    func streams() throws {
        let people = try #require(try catalog().stream("people"))
        #expect(people.id == "public-people" && people.keys == ["id"] && people.method == nil)
        #expect(people.properties == ["id", "ümlaut 🎈"])
        let orders = try #require(try catalog().stream("orders"))
        #expect(orders.method == .incremental && orders.replicationKey == "updated" && orders.name == "orders")
        #expect(try catalog().stream("nothing") == nil)
    }

    @Test("selects a stream and each of its members, and leaves what the tap says of them")
    func selection() throws {
        let people = try #require(try selected(["people": SingerReplication()]).first)
        let row: JSONValue = ["selected": true, "table-key-properties": ["id"], "row-count": 3]
        #expect(metadata(people, []) == row)
        let id: JSONValue = ["selected": true, "inclusion": "automatic", "sql-datatype": "bigint"]
        #expect(metadata(people, ["properties", "id"]) == id)
        #expect(metadata(people, ["properties", "ümlaut 🎈"]) == ["selected": true])
        #expect(people["selected"] == true)
    }

    @Test("deselects the others, even those that are selected by default")
    func others() throws {
        let orders = try #require(try selected(["public-people": SingerReplication()]).last)
        #expect(orders["selected"] == false && metadata(orders, [])?["selected"] == false)
    }

    @Test("says how a stream is to be read where that is chosen")
    func replication() throws {
        let choice = SingerReplication(method: .incremental, key: "updated_at")
        let people = try #require(try selected(["people": choice]).first)
        #expect(metadata(people, [])?["replication-method"] == "INCREMENTAL")
        #expect(metadata(people, [])?["replication-key"] == "updated_at")
        #expect(people["replication_key"] == "updated_at")
    }

    @Test("is not read from anything else", arguments: ["", "[]", "{}", #"{"streams": 1}"#, "Traceback"])
    func nothing(text: String) {
        #expect(throws: ConnectorFailure.self) { try SingerCatalog(Array(text.utf8)) }
    }
}

@Suite("How a tap ended")
struct SingerFailureTests {
    @Test(
        "is told by what it said last",
        arguments: [
            (
                ["requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url"],
                ConnectorFailure.Kind.configuration
            ),
            (["singer_sdk.exceptions.ConfigValidationError: 'api_url' is required"], .configuration),
            (["HTTP-error-code: 403, Error: insufficient scope"], .permission),
            (["429 Client Error: Too Many Requests"], .rateLimit),
            (["psycopg2.OperationalError: could not connect to server: Connection refused"], .transient),
            (["urllib3.exceptions.MaxRetryError: Max retries exceeded"], .transient),
            (["401 Unauthorized", "  File tap.py, line 3", ""], .configuration),
            (["IndexError: list index out of range"], .system), ([], .system),
        ]
    )
    func kinds(lines: [String], kind: ConnectorFailure.Kind) {
        #expect(SingerFailure.failure(exit: "ended with exit code 1", lines: lines).kind == kind)
    }
}
