import Testing

@testable import IngestService

@Suite("An id")
struct IdentifierPolicyTests {
    @Test(
        "that programs write when they have none is nobody's",
        arguments: [
            "null", "NULL", "None", "undefined", "0", "NaN", "anonymous", "Guest", "distinct_id", "distinctid", "id",
            "email",
            "true", "FALSE", "[object Object]", "not_authenticated", "\"null\"", "'anonymous'", " null ", "-1", "00",
            "N/A",
            "unknown", "00000000-0000-0000-0000-000000000000",
        ]
    )
    func illegal(id: String) {
        guard case .illegal = IdentifierPolicy.judge(id, limits: Limits()) else {
            Issue.record("\(id) was taken")
            return
        }
    }

    @Test("of blanks and quotes is empty", arguments: ["", " ", "\t\n", "\"\"", "''", "\u{3000}"])
    func empty(id: String) {
        #expect(IdentifierPolicy.judge(id, limits: Limits()) == .empty)
    }

    @Test(
        "may be anything else",
        arguments: [
            "42", "007", "anonymous-7", "Robert'); DROP TABLE profiles;--", "<script>alert(1)</script>",
            "../../etc/passwd",
            "김철수", "a b", "user:42", String(repeating: "x", count: 512),
        ]
    )
    func fine(id: String) {
        #expect(IdentifierPolicy.judge(id, limits: Limits()) == .fine)
    }

    @Test("may not be endless")
    func long() {
        guard case .illegal = IdentifierPolicy.judge(String(repeating: "x", count: 513), limits: Limits()) else {
            Issue.record("taken")
            return
        }
    }
}
