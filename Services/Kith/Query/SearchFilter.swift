import ArgumentParser
import Events

/// One simple condition as it is written on the command line, such as `plan=pro`, `age>=18` or just `plan`.
struct SearchFilter: ExpressibleByArgument, Equatable, Sendable {
    enum Test: String, CaseIterable, Sendable {
        // In this order: the first that fits is taken, so the longer ones come first.
        case notEquals = "!="
        case atLeast = ">="
        case atMost = "<="
        case equals = "="
        case greaterThan = ">"
        case lessThan = "<"
        case contains = "~"
        case exists = ""
    }

    var name: String
    var test: Test
    var operand: String

    init?(argument: String) {
        guard let place = SearchFilter.place(of: argument) else {
            guard !argument.isEmpty else { return nil }
            self.init(name: argument, test: .exists, operand: "")
            return
        }
        let name = argument[..<place.range.lowerBound]
        guard !name.isEmpty else { return nil }
        self.init(name: String(name), test: place.test, operand: String(argument[place.range.upperBound...]))
    }

    private init(name: String, test: Test, operand: String) {
        self.name = name
        self.test = test
        self.operand = operand
    }

    /// The condition about a trait that this means.
    ///
    /// A number is compared with numbers; whether `42` was sent as a number or as text does not matter for equality.
    var traitCondition: JSONValue {
        switch test {
        case .exists: ["trait": .string(name), "exists": true]
        case .contains: ["trait": .string(name), "contains": .string(operand)]
        case .equals: ["trait": .string(name), "in": .array(alternatives)]
        case .notEquals: ["not": ["trait": .string(name), "in": .array(alternatives)]]
        case .atLeast: ["trait": .string(name), "atLeast": alternatives[0]]
        case .atMost: ["trait": .string(name), "atMost": alternatives[0]]
        case .greaterThan: ["trait": .string(name), "greaterThan": alternatives[0]]
        case .lessThan: ["trait": .string(name), "lessThan": alternatives[0]]
        }
    }

    /// The condition about identifiers of a namespace that this means; `nil` for tests that they do not have.
    var identifierCondition: JSONValue? {
        switch test {
        case .exists: ["identifier": .string(name), "exists": true]
        case .equals: ["identifier": .string(name), "equals": .string(operand)]
        default: nil
        }
    }

    /// What the operand may be: a number, true or false when it looks like one, and always text.
    private var alternatives: [JSONValue] {
        guard let value = try? JSONValue(parsing: Array(operand.utf8)) else { return [.string(operand)] }
        switch value {
        case .number, .bool: return [value, .string(operand)]
        default: return [.string(operand)]
        }
    }

    /// The first place where a test begins, and the longest test that begins there.
    private static func place(of argument: String) -> (range: Range<String.Index>, test: Test)? {
        for start in argument.indices {
            for test in Test.allCases where test != .exists && argument[start...].hasPrefix(test.rawValue) {
                return (start..<argument.index(start, offsetBy: test.rawValue.count), test)
            }
        }
        return nil
    }
}
