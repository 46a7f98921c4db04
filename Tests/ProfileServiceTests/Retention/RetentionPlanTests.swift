import MessageLog
import ServiceKit
import Testing
import Topics
import YAML

@testable import ProfileService

@Suite("A retention plan")
struct RetentionPlanTests {
    @Test(
        "is the standard one where nothing is said",
        arguments: ["", "# nothing\n", "rules: []\n", "retention:\n", "retention: {}\n", "retention: ~\n"]
    )
    func standard(yaml: String) throws {
        #expect(try RetentionPlan(yaml: yaml) == .standard)
    }

    @Test("keeps events and control for ever, and the others for months, unless something else is said")
    func standardLimits() {
        let limits = RetentionPlan.standard.limits.mapValues { $0.age?.description }
        #expect(limits == ["changes": "30d", "commands": "30d", "dead-letters": "90d"])
        #expect(RetentionPlan.standard.limits.values.allSatisfy { $0.size == nil })
    }

    @Test("takes what is said of a topic in place of its standard")
    func reads() throws {
        let plan = try RetentionPlan(
            yaml: """
                rules: []
                retention:
                  changes: {age: 7d, size: 10GB}
                  commands:
                    size: 500MB
                  dead-letters: forever
                  events: {age: 104w}
                """
        )
        #expect(
            plan.limits == [
                "changes": RetentionPlan.Limit(age: Period("7d"), size: ByteCount("10GB")),
                "commands": RetentionPlan.Limit(size: ByteCount("500MB")),
                "events": RetentionPlan.Limit(age: Period("104w")),
            ]
        )
        #expect(plan.limits["changes"]?.policy == Retention(age: 604_800_000_000, bytes: 10_000_000_000))
        #expect(plan.limits["commands"]?.policy == Retention(bytes: 500_000_000))
    }

    @Test(
        "refuses what is wrong, with its line",
        arguments: [
            ("rules: []\nretention: 30d", 2, "“retention” must be a mapping with “events”"),
            ("retention:\n  changes: 30d", 2, "“changes” must have an “age”, a “size” or both, or be “forever”"),
            ("retention:\n  changes: {}", 2, "“changes” must have an “age”"),
            ("retention:\n  changes:\n  events: forever", 2, "“changes” must have an “age”"),
            ("retention:\n  changes: [30d]", 2, "“changes” must be a mapping with “age”, “size”"),
            ("retention:\n  changes:\n    age: 30", 3, "“age” must be a number and a unit"),
            ("retention:\n  changes: {age: ''}", 2, "“age” must be a text"),
            ("retention:\n  changes:\n    age: 30d\n    size: 10", 4, "“size” must be a number and a unit"),
            ("retention:\n  changes: {agee: 30d}", 2, "unknown field “agee”; known are “age”, “size”."),
            ("retention:\n\n  change: forever", 3, "unknown field “change”"),
            ("retention:\n  events: forever\n  control: {age: 30d}", 3, "“control” is kept for ever"),
            ("retention:\n  control: forever", 2, "“control” is kept for ever"),
            ("- a\n", 1, "The file must be a mapping"),
            ("retention: [\n", 2, "not YAML"),
        ] as [(String, Int, String)]
    )
    func refuses(yaml: String, line: Int, problem: String) {
        let error = #expect(throws: YAMLError.self) { try RetentionPlan(yaml: yaml) }
        #expect(error?.line == line, "\(String(describing: error))")
        #expect(error?.problem.contains(problem) == true, "\(String(describing: error))")
    }

    @Test(
        "is looked after every five minutes, or as often as its shortest age",
        arguments: [("", 300), ("retention: {changes: {age: 10m}}", 300), ("retention: {commands: {age: 20s}}", 20)]
    )
    func interval(yaml: String, seconds: Int) throws {
        #expect(try RetentionPlan(yaml: yaml).interval == .seconds(seconds))
    }
}
