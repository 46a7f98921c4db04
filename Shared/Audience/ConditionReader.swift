import Events

/// Reads a condition from its JSON form, counting as it goes.
struct ConditionReader {
    private var count = 0

    private static let subjects = ["all", "any", "not", "trait", "identifier", "event", "text"]

    mutating func condition(_ json: JSONView, at path: String, depth: Int) throws(ConditionError) -> Condition {
        try checkLimits(at: path, depth: depth)
        guard json.kind == .object else { throw ConditionError(path: path, reason: .notAnObject) }
        let fields = ConditionFields(json, path: path)
        switch try fields.subject(among: Self.subjects) {
        case "all": return .all(try list(fields, "all", depth))
        case "any": return .any(try list(fields, "any", depth))
        case "not": return .not(try inner(fields, depth))
        case "trait": return .trait(try TraitCondition(fields))
        case "identifier": return .identifier(try IdentifierCondition(fields))
        case "event": return .event(try EventCondition(fields))
        default: return .text(try fields.text())
        }
    }

    private mutating func checkLimits(at path: String, depth: Int) throws(ConditionError) {
        count += 1
        if depth > Condition.maximumDepth {
            throw ConditionError(path: path, reason: .tooDeep(limit: Condition.maximumDepth))
        }
        if count > Condition.maximumCount {
            throw ConditionError(path: path, reason: .tooMany(limit: Condition.maximumCount))
        }
    }

    private mutating func list(
        _ fields: ConditionFields,
        _ key: String,
        _ depth: Int
    ) throws(ConditionError) -> [Condition] {
        try fields.allow([key])
        let array = try fields.array(key, of: "conditions")
        var conditions: [Condition] = []
        for (index, element) in array.elements.enumerated() {
            conditions.append(try condition(element, at: "\(fields.path(to: key))[\(index)]", depth: depth + 1))
        }
        return conditions
    }

    private mutating func inner(_ fields: ConditionFields, _ depth: Int) throws(ConditionError) -> Condition {
        try fields.allow(["not"])
        return try condition(fields.value("not"), at: fields.path(to: "not"), depth: depth + 1)
    }
}

extension TraitCondition {
    private static let known = [
        "exists", "equals", "notEquals", "in", "contains", "startsWith", "endsWith", "greaterThan", "atLeast",
        "lessThan",
        "atMost", "before", "after",
    ]

    init(_ fields: ConditionFields) throws(ConditionError) {
        path = try fields.name("trait")
        tests = []
        for key in try fields.tests(of: "trait", known: Self.known) {
            tests.append(try Self.test(key, fields))
        }
    }

    private static func test(_ key: String, _ fields: ConditionFields) throws(ConditionError) -> Test {
        switch key {
        case "exists": .exists(try fields.boolean(key))
        case "equals": .equals(try fields.operand(key))
        case "notEquals": .notEquals(try fields.operand(key))
        case "in": .isIn(try fields.choices(key))
        case "contains": .contains(try fields.element(key))
        case "startsWith": .startsWith(try fields.string(key))
        case "endsWith": .endsWith(try fields.string(key))
        case "greaterThan": .compares(.greaterThan, try fields.bound(key))
        case "atLeast": .compares(.atLeast, try fields.bound(key))
        case "lessThan": .compares(.lessThan, try fields.bound(key))
        case "atMost": .compares(.atMost, try fields.bound(key))
        case "before": .compares(.lessThan, .time(try fields.time(key)))
        default: .compares(.greaterThan, .time(try fields.time(key)))
        }
    }
}

extension IdentifierCondition {
    private static let known = ["exists", "equals", "startsWith", "endsWith"]

    init(_ fields: ConditionFields) throws(ConditionError) {
        namespace = try fields.name("identifier")
        tests = []
        for key in try fields.tests(of: "identifier", known: Self.known) {
            tests.append(try Self.test(key, fields))
        }
    }

    private static func test(_ key: String, _ fields: ConditionFields) throws(ConditionError) -> Test {
        switch key {
        case "exists": .exists(try fields.boolean(key))
        case "equals": .equals(try fields.string(key))
        case "startsWith": .startsWith(try fields.string(key))
        default: .endsWith(try fields.string(key))
        }
    }
}

extension EventCondition {
    init(_ fields: ConditionFields) throws(ConditionError) {
        name = try fields.name("event")
        try fields.allow(["event", "count", "since", "until", "within"])
        let tests = fields.keys.filter { $0 != "event" }
        guard tests.count < 2 else {
            let hint = "combines “\(tests[0])” with “\(tests[1])”, which cannot be answered exactly; use one of them"
            throw fields.error(.unsupported(hint))
        }
        switch tests.first {
        case "count": test = try Self.count(ConditionFields(try fields.object("count"), path: fields.path(to: "count")))
        case "since": test = .since(try fields.time("since"))
        case "until": test = .until(try fields.time("until"))
        case "within": test = .within(try fields.duration("within"))
        default: test = .count(atLeast: 1, atMost: nil)
        }
    }

    private static func count(_ fields: ConditionFields) throws(ConditionError) -> Test {
        let known = ["atLeast", "atMost", "equals"]
        try fields.allow(known)
        guard !fields.keys.isEmpty else { throw fields.error(.noTest(known: known)) }
        guard fields.keys.contains("equals") else {
            return .count(atLeast: try fields.count("atLeast") ?? 0, atMost: try fields.count("atMost"))
        }
        guard fields.keys.count == 1 else { throw fields.error(.unsupported("combines “equals” with a bound")) }
        let exact = try fields.count("equals") ?? 0
        return .count(atLeast: exact, atMost: exact)
    }
}
