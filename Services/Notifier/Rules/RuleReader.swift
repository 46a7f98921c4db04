import Events
import Yams

/// Reads one rule of the configuration file.
struct RuleReader {
    private static let fields = ["name", "on", "to", "notAfter", "email", "webhook"]
    private static let defaultPeriod = Period(seconds: 86_400)

    private let field: YAMLField

    init(node: Node) {
        field = YAMLField(node: node, rule: node.mapping?["name"]?.scalar?.string)
    }

    func rule() throws(RuleError) -> Rule {
        let fields = try field.fields("rule", known: RuleReader.fields)
        return Rule(
            name: try name(fields),
            trigger: try trigger(try required("on", in: fields)),
            destination: try required("to", in: fields).text("to"),
            notAfter: try period(fields["notAfter"]),
            message: try message(fields),
            line: field.line ?? 0
        )
    }

    private func name(_ fields: [String: YAMLField]) throws(RuleError) -> String {
        let name = try required("name", in: fields).text("name")
        guard name.utf8.count <= 100 else { throw field.error("“name” may have 100 bytes.") }
        return name
    }

    private func trigger(_ on: YAMLField) throws(RuleError) -> Rule.Trigger {
        let fields = try on.fields("on", known: ["event", "firstSeen"])
        switch (fields["event"], fields["firstSeen"]) {
        case (let event?, nil): return .event(try event.text("event"))
        case (nil, let firstSeen?):
            guard firstSeen.node.bool == true else { throw firstSeen.error("“firstSeen” can only be true.") }
            return .firstSeen
        default: throw on.error("“on” must have either “event” or “firstSeen”.")
        }
    }

    private func period(_ field: YAMLField?) throws(RuleError) -> Period {
        guard let field else { return RuleReader.defaultPeriod }
        guard let period = Period(try field.text("notAfter")) else {
            throw field.error("“notAfter” must be a number and a unit, such as 90s, 15m, 24h, 7d or 2w.")
        }
        return period
    }

    private func message(_ fields: [String: YAMLField]) throws(RuleError) -> MessageTemplate {
        switch (fields["email"], fields["webhook"]) {
        case (let email?, nil): return .email(try self.email(email))
        case (nil, let webhook?): return .webhook(try body(of: webhook))
        default: throw field.error("A rule must have either “email” or “webhook”.")
        }
    }

    private func required(_ name: String, in fields: [String: YAMLField]) throws(RuleError) -> YAMLField {
        guard let value = fields[name] else { throw field.error("“\(name)” is missing.") }
        return value
    }
}

// MARK: - Templates

extension RuleReader {
    private func email(_ section: YAMLField) throws(RuleError) -> EmailTemplate {
        let fields = try section.fields("email", known: ["to", "subject", "text", "html"])
        guard let subject = fields["subject"] else { throw section.error("“email” needs a “subject”.") }
        guard fields["text"] != nil || fields["html"] != nil else {
            throw section.error("“email” needs a “text” or “html”.")
        }
        return EmailTemplate(
            to: try template(fields["to"], "to", .text),
            subject: try template(subject, "subject", .text),
            text: try template(fields["text"], "text", .text),
            html: try template(fields["html"], "html", .html)
        )
    }

    private func body(of section: YAMLField) throws(RuleError) -> JSONTemplate {
        let fields = try section.fields("webhook", known: ["body"])
        guard let body = fields["body"] else { throw section.error("“webhook” needs a “body”.") }
        return try json(body)
    }

    private func json(_ field: YAMLField) throws(RuleError) -> JSONTemplate {
        if let mapping = field.node.mapping {
            var members: [String: JSONTemplate] = [:]
            for (key, value) in mapping {
                members[key.scalar?.string ?? ""] = try json(YAMLField(node: value, rule: field.rule))
            }
            return .object(members)
        }
        if let sequence = field.node.sequence {
            var elements: [JSONTemplate] = []
            for node in sequence { elements.append(try json(YAMLField(node: node, rule: field.rule))) }
            return .array(elements)
        }
        return try scalar(field)
    }

    private func scalar(_ field: YAMLField) throws(RuleError) -> JSONTemplate {
        let text = field.node.scalar?.string ?? ""
        // What is quoted is text, whatever it looks like.
        let isPlain = field.node.scalar?.style == .plain
        if isPlain, field.node.null != nil { return .constant(.null) }
        if isPlain, let bool = field.node.bool { return .constant(.bool(bool)) }
        if isPlain, let number = JSONNumber(text) { return .constant(.number(number)) }
        if let path = JSONTemplate.path(in: text) { return .value(path) }
        return .text(try template(field, "body", .text))
    }

    private func template(_ field: YAMLField?, _ name: String, _ kind: Template.Kind) throws(RuleError) -> Template? {
        guard let field else { return nil }
        let template: Template = try template(field, name, kind)
        return template
    }

    private func template(_ field: YAMLField, _ name: String, _ kind: Template.Kind) throws(RuleError) -> Template {
        do {
            return try Template(try field.text(name), kind)
        } catch let error as TemplateError {
            throw field.error("The template in “\(name)” is wrong: \(error.problem)")
        } catch let error as RuleError {
            throw error
        } catch {
            throw field.error("\(error)")
        }
    }
}
