import Events
import Testing

@testable import NotifierService

@Suite("A message")
struct RenderingTests {
    private let scope = MessageScope(fields: [
        "profile": ["traits": ["name": "Ada <b>", "age": 2.10, "tags": ["a", "b"], "empty": .null]],
        "identifiers": ["email": "ada@example.com"],
        "event": ["properties": ["total": 12.50, "a.b": "dotted", "items": [["name": "Tea"], ["name": "Pot"]]]],
    ])

    @Test("escapes values in HTML and nowhere else")
    func escapes() throws {
        #expect(try Template("Hi {{profile.traits.name}}", .text).render(scope) == "Hi Ada <b>")
        #expect(try Template("Hi {{profile.traits.name}}", .html).render(scope) == "Hi Ada &lt;b&gt;")
    }

    @Test("escapes a quotation mark also when a combining mark follows", arguments: ["\"", "<", "&", "'", ">"])
    func combiningMarks(mark: String) throws {
        let scope = MessageScope(fields: ["x": .string(mark + "\u{301}onload=")])
        let html = try Template("<a title=\"{{x}}\">", .html).render(scope)
        #expect(!html.unicodeScalars.dropFirst(10).dropLast(2).contains { "\"<>'".unicodeScalars.contains($0) })
    }

    @Test("goes through lists, and leaves out what has no value")
    func sections() throws {
        #expect(
            try Template("{{#event.properties.items}}{{name}} {{/event.properties.items}}", .text).render(scope)
                == "Tea Pot "
        )
        #expect(try Template("[{{profile.traits.none}}{{profile.traits.empty}}]", .text).render(scope) == "[]")
        #expect(try Template("{{^profile.traits.empty}}none{{/profile.traits.empty}}", .text).render(scope) == "none")
    }

    @Test("writes numbers as they were sent")
    func numbers() throws {
        let sent = MessageScope(fields: try JSONValue(parsing: Array(#"{"total": 12.50}"#.utf8)))
        #expect(try Template("{{total}}", .text).render(sent) == "12.50")
    }

    @Test("keeps a value's type when a webhook's text is one tag and nothing else")
    func typed() throws {
        let body = JSONTemplate.object([
            "total": .value("event.properties.total"), "items": .value("event.properties.items"),
            "dotted": .value("event.properties.a.b"), "none": .value("profile.traits.none"),
            "text": .text(try Template("{{profile.traits.name}}!", .text)),
        ])
        #expect(
            body.render(scope) == [
                "total": 12.5, "items": [["name": "Tea"], ["name": "Pot"]], "dotted": "dotted", "none": .null,
                "text": "Ada <b>!",
            ]
        )
    }

    @Test("knows a plain tag", arguments: [("{{a.b}}", "a.b"), ("{{ a_b-c }}", "a_b-c"), ("{{이름}}", "이름")])
    func plainTags(text: String, path: String) {
        #expect(JSONTemplate.path(in: text) == path)
    }

    @Test(
        "takes anything else for a template",
        arguments: ["{{#a}}", "{{{a}}}", "{{a}} b", "{{&a}}", "a", "{{}}", "{{.}}", "{{a}}{{b}}", "{{a b}}"]
    )
    func otherTags(text: String) {
        #expect(JSONTemplate.path(in: text) == nil)
    }

    @Test(
        "says what its end lacks",
        arguments: [
            ("You paid {{event.properties.total.", "a tag that begins with {{ is not closed, at line 1 of it."),
            ("{{a}} and {{b", "a tag that begins with {{ is not closed, at line 1 of it."),
            ("{{{a}}", "a tag that begins with {{ is not closed, at line 1 of it."),
            ("{{a}} {", "it ends with a single {, at line 1 of it."),
        ]
    )
    func saysWhatItsEndLacks(text: String, problem: String) {
        let error = #expect(throws: TemplateError.self) { try Template(text, .text) }
        #expect(error?.problem == problem)
    }

    @Test("goes to the profile's address when the rule names no other")
    func usualRecipient() throws {
        let letter = EmailTemplate(
            to: nil,
            subject: try Template("Hi", .text),
            text: try Template("x", .text),
            html: nil
        )
        #expect(try letter.render(scope) == ["to": "ada@example.com", "subject": "Hi", "text": "x"])
    }

    @Test("is not made without a recipient")
    func noRecipient() throws {
        let letter = EmailTemplate(
            to: try Template("{{profile.traits.none}}", .text),
            subject: try Template("Hi", .text),
            text: try Template("x", .text),
            html: nil
        )
        #expect(throws: RenderingError.noRecipient) { try letter.render(scope) }
    }

    @Test(
        "goes to one address only",
        arguments: [
            "a@b.example,c@d.example", "a@b.example\r\nBcc: c@d.example", "Ada <a@b.example>", "a", "@b", "a@", "a@b@c",
        ]
    )
    func oneRecipient(value: String) throws {
        let letter = EmailTemplate(
            to: try Template("{{x}}", .text),
            subject: try Template("Hi", .text),
            text: try Template("x", .text),
            html: nil
        )
        #expect(throws: RenderingError.invalidRecipient) {
            try letter.render(MessageScope(fields: ["x": .string(value)]))
        }
    }

    @Test("keeps a line break out of its subject")
    func subject() throws {
        let letter = EmailTemplate(
            to: nil,
            subject: try Template("Hi {{x}}", .text),
            text: try Template("x", .text),
            html: nil
        )
        let scope = MessageScope(fields: ["x": "Ada\r\nBcc: eve@example.com", "identifiers": ["email": "a@b.example"]])
        #expect(try letter.render(scope)["subject"] == "Hi Ada Bcc: eve@example.com")
    }
}
