import Events
import Identity
import Testing

@Suite("What programs and people write when they have nothing")
struct JunkValueTests {
    let rules = Rules()

    @Test(
        "identifies nobody in any namespace",
        arguments: [
            "null", "NULL", "0", "undefined", "[object Object]", "NaN", "\"None\"", "'null'", "`nil`", "-1",
            "Anonymous", "anonymousId", "' '", "\"\"", "guest", "distinct_id", "not_authenticated", "email",
            "true", "FALSE", "anon", "n/a", "N/A", "unknown", "<nil>", "(null)", "<null>", "[]", "{}", "-",
            "--", "?", "...", "00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-000000000000}",
            "000000000000000", "0.0", "not_set", "(not set)", "(not provided)", "[object Promise]",
            "'[object Undefined]'", "\\N",
            "#N/A", "ｎｕｌｌ", "９７７４d56d682e549c", "02:00:00:00:00:00", "lmy47d",
        ]
    )
    func words(value: String) {
        for namespace in ["user", "anonymous", "device", "shop.customer"] {
            #expect(rules.normalized(namespace, value) == nil, "\(namespace)")
        }
    }

    @Test(
        "a template whose place was not filled in identifies nobody",
        arguments: [
            "{{user_id}}", "{{ customer.id }}", "shop-{{id}}", "${userId}", "<%= user.id %>", "*|UNIQID|*",
            "%%subscriberid%%", "%7B%7Buser_id%7D%7D", "%7b%7buser_id%7d%7d", "$%7BuserId%7D",
            "{{email}}@shop.example", "\"{{user_id}}\"",
        ]
    )
    func templates(value: String) {
        for namespace in ["user", "email"] { #expect(rules.normalized(namespace, value) == nil, "\(namespace)") }
    }

    @Test(
        "what only looks a little like it is somebody's",
        arguments: [
            "1", "10", "u0", "nulla", "guest-81fa", "anonymous-7", "00000000-0000-0000-0000-000000000001",
            "true1", "{7}", "100%", "a|b", "{3f2504e0-4f89-11d3-9a0c-0305e82c3301}", "a%20b%20c", "\u{1F600}",
            "零", "김", "00123", "-2",
        ]
    )
    func somebody(value: String) {
        #expect(rules.normalized("user", value)?.value == value)
    }

    @Test(
        "an address that people make up to get past a form identifies nobody",
        arguments: [
            "test@test.com", "Test@Example.com", "test@test.example", "none@none.org", "noemail@noemail.com",
            "foo@bar.com", "a@a.com", "asdf@asdf.net", "no@email.com", "null@null.com", "User@example.com",
            "undefined@undefined.com",
        ]
    )
    func addresses(value: String) {
        #expect(rules.normalized("email", value) == nil)
    }

    @Test("a namespace has junk of its own, in any letter case and however it is spelled")
    func configured() {
        var rules = Rules()
        rules.namespaces["user"]?.junk = ["Visitor", "ＤＥＭＯ"]
        rules.namespaces["email"]?.junk = ["NoReply@Shop.Example"]
        rules.namespaces["phone"]?.junk = ["+12015550100"]
        rules.other.junk = ["walk-in"]
        for (namespace, value) in [
            ("user", "visitor"), ("user", " VISITOR "), ("user", "demo"), ("email", "noreply@shop.example"),
            ("email", "<NOREPLY@shop.example>"), ("phone", "(201) 555-0100"), ("pos.customer", "Walk-In"),
        ] {
            #expect(rules.normalized(namespace, value) == nil, "\(value)")
        }
        #expect(rules.normalized("user", "walk-in") != nil)
        #expect(rules.normalized("anonymous", "visitor") != nil)
    }

    @Test("rules with the same junk are the same rules")
    func equality() {
        var one = NamespaceRule(priority: 1)
        one.junk = ["x"]
        #expect(one == NamespaceRule(priority: 1, junk: ["x"]))
        #expect(one != NamespaceRule(priority: 1))
    }
}
