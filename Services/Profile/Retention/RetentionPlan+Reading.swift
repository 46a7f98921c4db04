import ServiceKit
import Topics
import YAML

extension RetentionPlan {
    private static let topics = [Topic.events, Topic.changes, Topic.commands, Topic.deadLetters]

    /// Reads the section `retention` of a configuration file; a topic that it does not name keeps to the standard.
    init(yaml text: String) throws(YAMLError) {
        self = .standard
        guard let file = try YAMLField(file: text), !file.isNull else { return }
        guard let sections = file.members else {
            throw file.error("The file must be a mapping with “retention” and others.")
        }
        guard let section = sections.first(where: { $0.name == "retention" }), !section.isNull else { return }
        if let control = section.member(Topic.control) {
            throw control.nameError("“control” is kept for ever: it holds the keys and what else people decided.")
        }
        for (topic, field) in try section.fields(known: Self.topics) { limits[topic] = try Limit(reading: field) }
    }
}

extension RetentionPlan.Limit {
    /// Reads what is said of one topic; `nil` when all of it is kept.
    fileprivate init?(reading field: YAMLField) throws(YAMLError) {
        if field.scalar == "forever" { return nil }
        let fields = try field.scalar == nil ? field.fields(known: ["age", "size"]) : [:]
        guard !fields.isEmpty else {
            throw field.error("“\(field.name)” must have an “age”, a “size” or both, or be “forever”.")
        }
        if let age = fields["age"] {
            self.age = Period(try age.text())
            if self.age == nil { throw age.error("“age” must be a number and a unit, such as 12h, 30d or 52w.") }
        }
        if let size = fields["size"] {
            self.size = ByteCount(try size.text())
            if self.size == nil { throw size.error("“size” must be a number and a unit, such as 500MB, 10GB or 1TiB.") }
        }
    }
}
