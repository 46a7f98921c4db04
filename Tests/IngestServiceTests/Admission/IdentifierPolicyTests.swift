import Testing

@testable import IngestService

@Suite("An id")
struct IdentifierPolicyTests {
    @Test(
        "that programs write when they have none is nobody's",
        arguments: [
            "null", "NULL", "None", "undefined", "0", "NaN", "anonymous", "Guest", "distinct_id", "distinctid", "id",
            "email",
            "true", "FALSE", "[object Object]", "not_authenticated", "\"null\"", "'anonymous'", " null ",
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
            "42", "00", "anonymous-7", "Robert'); DROP TABLE profiles;--", "<script>alert(1)</script>",
            "../../etc/passwd",
            "김철수", "a b", "user:42", String(repeating: "x", count: 1024),
        ]
    )
    func fine(id: String) {
        #expect(IdentifierPolicy.judge(id, limits: Limits()) == .fine)
    }

    @Test("may not be endless")
    func long() {
        guard case .illegal = IdentifierPolicy.judge(String(repeating: "x", count: 1025), limits: Limits()) else {
            Issue.record("taken")
            return
        }
    }
}
