import Events
import ServiceKit
import Testing

@testable import NotifierService

@Suite("A rule book")
struct RuleBookTests {
    @Test("reads a letter's rule")
    func email() throws {
        let book = try RuleBook(
            yaml: """
                rules:
                  - name: thanks
                    on: {event: Order Completed}
                    to: mail
                    notAfter: 12h
                    email:
                      to: "{{identifiers.email}}"
                      subject: Thank you
                      text: Hello {{profile.traits.name}}
                """
        )
        let rule = try #require(book.rules.first)
        #expect(rule.name == "thanks")
        #expect(rule.trigger == .event("Order Completed"))
        #expect(rule.destination == "mail")
        #expect(rule.notAfter == Period(seconds: 12 * 3600))
        #expect(rule.line == 2)
    }

    @Test("reads a webhook's rule, and gives it a day when nothing else is said")
    func webhook() throws {
        let book = try RuleBook(
            yaml: """
                destinations:
                  - {name: crm, type: webhook}
                rules:
                  - name: new
                    on: {firstSeen: true}
                    to: crm
                    webhook: {body: {name: "{{profile.traits.name}}", count: 3}}
                """
        )
        let rule = try #require(book.rules.first)
        #expect(rule.trigger == .firstSeen)
        #expect(rule.notAfter == Period(seconds: 86_400))
        #expect(rule.message == .webhook(.object(["name": .value("profile.traits.name"), "count": .constant(3)])))
    }

    @Test("sends to what stands among the connectors as well")
    func connectors() throws {
        let rule = "rules:\n- {name: a, on: {event: X}, to: crm, webhook: {body: 1}}\n"
        let entries = "destinations: [{name: mail, type: smtp}]\nconnectors: [{name: crm, type: hubspot}]\n"
        #expect(try RuleBook(yaml: entries + rule).rules.map(\.destination) == ["crm"])
        #expect(throws: RuleError.self) { try RuleBook(yaml: "connectors: [{name: x, type: hubspot}]\n\(rule)") }
    }

    @Test("is empty without rules", arguments: ["", "# nothing\n", "sources: {}\n", "rules:\n", "rules: []\n"])
    func empty(yaml: String) throws {
        #expect(try RuleBook(yaml: yaml).rules.isEmpty)
    }

    @Test(
        "refuses what is wrong, with the line and the rule",
        arguments: [
            ("rules:\n- {name: a, on: {event: X}, to: m, emial: {}}", 2, "a", "unknown field “emial”"),
            (
                "rules:\n- {name: a, on: {events: X}, to: m}", 2, "a",
                "unknown field “events”; known are “event”, “firstSeen”"
            ),
            ("rules:\n- on: {event: X}\n  to: m", 2, nil, "“name” is missing"),
            ("rules:\n- name: a\n  to: m", 2, "a", "“on” is missing"),
            ("rules:\n- name: a\n  on: {event: X}\n  to: m", 2, "a", "one of “email”, “webhook” and “action”"),
            (
                "rules:\n- name: a\n  on: {event: X}\n  to: m\n  notAfter: soon\n  email: {}", 5, "a",
                "“notAfter” must be"
            ),
            ("rules:\n- name: a\n  on: {event: X}\n  to: m\n  email:\n    text: hi", 6, "a", "needs a “subject”"),
            (
                "rules:\n- name: a\n  on: {event: X, firstSeen: true}\n  to: m\n  webhook: {body: 1}", 3, "a",
                "either “event”"
            ),
            (
                "rules:\n- name: a\n  on: {event: X}\n  to: m\n  email:\n    subject: \"{{#a}}\"\n    text: hi", 6, "a",
                "“subject” is wrong: a section is not closed"
            ),
            (
                "rules:\n- name: a\n  on: {event: X}\n  to: m\n  action: {name: tag, with: {action: add}}", 5, "a",
                "“with” may not have “action”"
            ),
            ("rules: {}\n", 1, nil, "“rules” must be a list"),
            ("rules: [\n", 2, nil, "not YAML"),
            ("a: 1\na: 2\n", nil, nil, "twice"),
            (
                "destinations: {mail: {}}\nrules:\n- {name: a, on: {event: X}, to: post, webhook: {body: 1}}", 3, "a",
                "There is no destination “post”; there are “mail”."
            ),
        ] as [(String, Int?, String?, String)]
    )
    func refuses(yaml: String, line: Int?, rule: String?, problem: String) {
        let error = #expect(throws: RuleError.self) { try RuleBook(yaml: yaml) }
        if let line { #expect(error?.line == line) }
        #expect(error?.rule == rule)
        #expect(error?.problem.contains(problem) == true, "\(String(describing: error))")
    }

    @Test(
        "refuses what the destination cannot send, as far as its type tells",
        arguments: [
            ("webhook", "email: {subject: a, text: b}", "“out” is of the type webhook, which takes “webhook”."),
            ("webhook", "action: {name: a, with: {b: 1}}", "“out” is of the type webhook, which takes “webhook”."),
            ("smtp", "webhook: {body: 1}", "“out” is of the type smtp, which takes “email”."),
            ("smtp", "action: {name: a}", "“out” is of the type smtp, which takes “email”."),
            ("webhook", "action: {name: a, with: {body: 1}}", nil), ("webhook", "webhook: {body: 1}", nil),
            ("smtp", "email: {subject: a, text: b}", nil), ("ndjson", "email: {subject: a, text: b}", nil),
            ("csv", "action: {name: a}", nil), ("hubspot", "action: {name: a}", nil),
        ] as [(String, String, String?)]
    )
    func kinds(type: String, message: String, problem: String?) {
        let rule = "rules:\n- {name: a, on: {event: X}, to: out, \(message)}\n"
        for entry in ["destinations: [{name: out, type: \(type)}]\n", "connectors: {out: {type: \(type)}}\n"] {
            guard let problem else {
                #expect(throws: Never.self) { try RuleBook(yaml: entry + rule) }
                continue
            }
            let error = #expect(throws: RuleError.self) { try RuleBook(yaml: entry + rule) }
            #expect(error?.description == "line 3, rule “a”: \(problem)")
        }
    }

    @Test("refuses two rules of one name, and says where the other is")
    func sameName() {
        let rule = "- {name: a, on: {event: X}, to: m, webhook: {body: 1}}\n"
        let error = #expect(throws: RuleError.self) { try RuleBook(yaml: "rules:\n\(rule)\(rule)") }
        #expect(error?.description == "line 3, rule “a”: The rule on line 2 has the same name.")
    }

    @Test("takes a quoted value for text, whatever it looks like")
    func quoted() throws {
        let book = try RuleBook(
            yaml:
                "rules:\n- {name: a, on: {event: X}, to: m, webhook: {body: {a: \"1\", b: 1, c: 'true', d: true, e: ~}}}"
        )
        guard case .webhook(let body)? = book.rules.first?.message else {
            Issue.record("\(book.rules)")
            return
        }
        let values = body.render(MessageScope(fields: [:]))
        #expect(values == ["a": "1", "b": 1, "c": "true", "d": true, "e": .null])
    }
}
