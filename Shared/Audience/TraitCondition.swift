public import Events

/// A condition on one trait: every test must hold.
///
/// `{"trait": "age", "atLeast": 18, "lessThan": 30}`
///
/// The trait is named by its key, or by a path into objects such as `address.city`; a trait whose key really has the
/// dot comes first. A trait that is null counts as missing.
///
/// | test | operand | holds when the trait |
/// |---|---|---|
/// | `exists` | boolean | is there (`true`) or missing (`false`) |
/// | `equals` | anything but null | is the same; numbers by value (`1` and `1.0`), text to the letter |
/// | `notEquals` | anything but null | is not the same, of another kind, or missing |
/// | `in` | list | equals one of the list |
/// | `contains` | string, number, boolean | is text with this in it, or a list with this among its elements |
/// | `startsWith`, `endsWith` | string | is text that does |
/// | `greaterThan`, `atLeast`, `lessThan`, `atMost` | number or time | is a number (or a time) that is |
/// | `before`, `after` | time | is a time that is |
///
/// Times are text in RFC 3339 form, or dates, on both sides. A missing trait meets `notEquals` and `exists: false` only,
/// and one of the wrong kind meets no test that compares.
public struct TraitCondition: Sendable, Hashable {
    /// The trait's key or path.
    public var path: String
    /// What must hold; at least one.
    public var tests: [Test]

    /// A condition of its parts.
    public init(_ path: String, _ tests: [Test]) {
        self.path = path
        self.tests = tests
    }

    /// One thing that must hold.
    public enum Test: Sendable, Hashable {
        case exists(Bool)
        case equals(JSONValue)
        case notEquals(JSONValue)
        case isIn([JSONValue])
        case contains(JSONValue)
        case startsWith(String)
        case endsWith(String)
        case compares(Comparison, Bound)
    }

    /// On which side of a bound.
    public enum Comparison: Sendable, Hashable {
        case greaterThan
        case atLeast
        case lessThan
        case atMost
    }

    /// A number or a point in time.
    public enum Bound: Sendable, Hashable {
        case number(JSONNumber)
        case time(Timestamp)
    }
}

// MARK: - Matching

extension TraitCondition {
    func matches(_ traits: [String: JSONValue]) -> Bool {
        let value = value(in: traits)
        return tests.allSatisfy { $0.matches(value) }
    }

    /// The trait's value; `nil` when it is missing or null.
    private func value(in traits: [String: JSONValue]) -> JSONValue? {
        if let value = traits[path] { return value == .null ? nil : value }
        var keys = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard keys.count > 1, var value = traits[keys.removeFirst()] else { return nil }
        for key in keys {
            guard let next = value[key] else { return nil }
            value = next
        }
        return value
    }
}

extension TraitCondition.Test {
    func matches(_ value: JSONValue?) -> Bool {
        guard let value else { return matchesMissing }
        switch self {
        case .exists(let expected): return expected
        case .equals(let expected): return value.isSame(as: expected)
        case .notEquals(let expected): return !value.isSame(as: expected)
        case .isIn(let choices): return choices.contains { value.isSame(as: $0) }
        case .contains(let part): return value.contains(part)
        case .startsWith(let start): return value.text(where: { $0.begins(with: start) })
        case .endsWith(let end): return value.text(where: { $0.ends(with: end) })
        case .compares(let comparison, let bound): return comparison.holds(for: value, bound)
        }
    }

    private var matchesMissing: Bool {
        switch self {
        case .exists(false), .notEquals: true
        default: false
        }
    }
}

extension TraitCondition.Comparison {
    func holds(for value: JSONValue, _ bound: TraitCondition.Bound) -> Bool {
        switch (value, bound) {
        case (.number(let number), .number(let bound)):
            if let number = number.int64, let bound = bound.int64 { return holds(number, bound) }
            return holds(number.double, bound.double)
        case (.string(let text), .time(let bound)): return Timestamp(text).map { holds($0, bound) } ?? false
        default: return false
        }
    }

    private func holds<Value: Comparable>(_ value: Value, _ bound: Value) -> Bool {
        switch self {
        case .greaterThan: value > bound
        case .atLeast: value >= bound
        case .lessThan: value < bound
        case .atMost: value <= bound
        }
    }
}

extension JSONValue {
    /// Equality as people mean it: numbers by value, wherever they are.
    fileprivate func isSame(as other: JSONValue) -> Bool {
        switch (self, other) {
        case (.number(let left), .number(let right)):
            if let left = left.int64, let right = right.int64 { return left == right }
            return left == right || left.double == right.double
        case (.array(let left), .array(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { $0.isSame(as: $1) }
        case (.object(let left), .object(let right)):
            return left.count == right.count && left.allSatisfy { right[$0.key]?.isSame(as: $0.value) ?? false }
        default: return self == other
        }
    }

    fileprivate func contains(_ part: JSONValue) -> Bool {
        switch (self, part) {
        case (.array(let elements), _): elements.contains { $0.isSame(as: part) }
        case (.string(let text), .string(let part)): part.isEmpty || text.has(part)
        default: false
        }
    }

    fileprivate func text(where holds: (String) -> Bool) -> Bool {
        guard case .string(let text) = self else { return false }
        return holds(text)
    }
}

/// Parts of texts: the same code points, or letters that are the same however they are composed.
///
/// To Swift a letter is all that is drawn together: “น” would not begin “น้ำ”, and a line feed behind a carriage return would
/// not be found.
extension String {
    fileprivate func begins(with start: String) -> Bool {
        utf8.starts(with: start.utf8) || hasPrefix(start)
    }

    fileprivate func ends(with end: String) -> Bool {
        utf8.reversed().starts(with: end.utf8.reversed()) || hasSuffix(end)
    }

    fileprivate func has(_ part: String) -> Bool {
        utf8.contains(part.utf8) || contains(part)
    }
}
