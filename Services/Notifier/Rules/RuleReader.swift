import Events
import ServiceKit
import YAML

/// Reads one rule of the configuration file.
struct RuleReader {
    private static let fields = ["name", "on", "to", "notAfter", "email", "webhook", "action"]
    private static let defaultPeriod = Period(seconds: 86_400)

    private let field: YAMLField

    init(_ element: YAMLField) {
        field = element.named("rule")
    }

    /// The rule; an error says which it is about.
    func checkedRule() throws(RuleError) -> Rule {
        do throws(YAMLError) {
            return try rule()
        } catch {
            throw RuleError(error, rule: field.member("name")?.scalar)
        }
    }

    private func rule() throws(YAMLError) -> Rule {
        let fields = try field.fields(known: RuleReader.fields)
        return Rule(
            name: try name(fields),
            trigger: try trigger(try required("on", in: fields)),
            destination: try required("to", in: fields).text(),
            notAfter: try period(fields["notAfter"]),
            message: try message(fields),
            line: field.line ?? 0
        )
    }

    private func name(_ fields: [String: YAMLField]) throws(YAMLError) -> String {
        let name = try required("name", in: fields).text()
        guard name.utf8.count <= 100 else { throw field.error("“name” may have 100 bytes.") }
        return name
    }

    private func trigger(_ on: YAMLField) throws(YAMLError) -> Rule.Trigger {
        let fields = try on.fields(known: ["event", "firstSeen"])
        switch (fields["event"], fields["firstSeen"]) {
        case (let event?, nil): return .event(try event.text())
        case (nil, let firstSeen?):
            guard firstSeen.json == true else { throw firstSeen.error("“firstSeen” can only be true.") }
            return .firstSeen
        default: throw on.error("“on” must have either “event” or “firstSeen”.")
        }
    }

    private func period(_ field: YAMLField?) throws(YAMLError) -> Period {
        guard let field else { return RuleReader.defaultPeriod }
        guard let period = Period(try field.text()) else {
            throw field.error("“notAfter” must be a number and a unit, such as 90s, 15m, 24h, 7d or 2w.")
        }
        return period
    }

    private func message(_ fields: [String: YAMLField]) throws(YAMLError) -> MessageTemplate {
        switch (fields["email"], fields["webhook"], fields["action"]) {
        case (let email?, nil, nil): return .email(try self.email(email))
        case (nil, let webhook?, nil): return .webhook(try body(of: webhook))
        case (nil, nil, let action?): return try self.action(action)
        default: throw field.error("A rule must have one of “email”, “webhook” and “action”.")
        }
    }

    private func required(_ name: String, in fields: [String: YAMLField]) throws(YAMLError) -> YAMLField {
        guard let value = fields[name] else { throw field.error("“\(name)” is missing.") }
        return value
    }
}

// MARK: - Templates

extension RuleReader {
    private func email(_ section: YAMLField) throws(YAMLError) -> EmailTemplate {
        let fields = try section.fields(known: ["to", "subject", "text", "html"])
        guard let subject = fields["subject"] else { throw section.error("“email” needs a “subject”.") }
        guard fields["text"] != nil || fields["html"] != nil else {
            throw section.error("“email” needs a “text” or “html”.")
        }
        return EmailTemplate(
            to: try template(fields["to"], .text),
            subject: try template(subject, .text),
            text: try template(fields["text"], .text),
            html: try template(fields["html"], .html)
        )
    }

    private func body(of section: YAMLField) throws(YAMLError) -> JSONTemplate {
        let fields = try section.fields(known: ["body"])
        guard let body = fields["body"] else { throw section.error("“webhook” needs a “body”.") }
        return try json(body)
    }

    private func action(_ section: YAMLField) throws(YAMLError) -> MessageTemplate {
        let fields = try section.fields(known: ["name", "with"])
        guard let name = fields["name"] else { throw section.error("“action” needs a “name”.") }
        let input = fields["with"]
        guard input?.members != nil || input == nil else { throw section.error("“with” must be a mapping.") }
        if let taken = input?.member("action") {
            throw taken.nameError("“with” may not have “action”: the command has the action's name there.")
        }
        return .action(try name.text(), try input.map { field throws(YAMLError) in try json(field) } ?? .object([:]))
    }

    private func json(_ field: YAMLField) throws(YAMLError) -> JSONTemplate {
        if let fields = field.members {
            var members: [String: JSONTemplate] = [:]
            for field in fields { members[field.name] = try json(field) }
            return .object(members)
        }
        if let fields = field.elements {
            var elements: [JSONTemplate] = []
            for field in fields { elements.append(try json(field)) }
            return .array(elements)
        }
        return try scalar(field)
    }

    private func scalar(_ field: YAMLField) throws(YAMLError) -> JSONTemplate {
        guard case .string(let text) = field.json else { return .constant(field.json) }
        if let path = JSONTemplate.path(in: text) { return .value(path) }
        return .text(try template(field, .text))
    }

    private func template(_ field: YAMLField?, _ kind: Template.Kind) throws(YAMLError) -> Template? {
        guard let field else { return nil }
        let template: Template = try template(field, kind)
        return template
    }

    private func template(_ field: YAMLField, _ kind: Template.Kind) throws(YAMLError) -> Template {
        let text = try field.text()
        do throws(TemplateError) {
            return try Template(text, kind)
        } catch {
            throw field.error("The template in “\(field.name)” is wrong: \(error.problem)")
        }
    }
}
