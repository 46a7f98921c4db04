import PostgreSQL
import Testing

@Suite("A name in SQL")
struct SQLNameTests {
    @Test(
        "has its parts divided by full stops, unless they are quoted",
        arguments: [
            ("people", ["people"]), ("crm.People", ["crm", "People"]), ("\"a.b\".c", ["a.b", "c"]),
            ("\"say \"\"hi\"\"\"", ["say \"hi\""]),
        ]
    )
    func parts(text: String, parts: [String]) {
        #expect(SQLName(qualified: text)?.parts == parts)
    }

    @Test(
        "is refused when a part is empty or open",
        arguments: ["", ".", "a.", ".a", "\"a", "\"a\"b", "a\"b\"", "\"\""]
    )
    func refuses(text: String) {
        #expect(SQLName(qualified: text) == nil)
    }

    @Test("is quoted, so that nothing in it is SQL")
    func quoted() {
        #expect("\(SQLName("a\"; DROP TABLE b; --"))" == "\"a\"\"; DROP TABLE b; --\"")
        #expect(SQLName(qualified: "crm.people").map { "\($0)" } == "\"crm\".\"people\"")
    }
}
