/// Why a text is not a condition.
public struct ConditionError: Error, Equatable, Sendable {
    /// Where in the whole condition, such as `all[1].not`; empty for its outermost object.
    public var path: String
    /// What is wrong there.
    public var reason: Reason

    /// What can be wrong with a condition.
    public enum Reason: Equatable, Sendable {
        /// A condition is an object, and this is none.
        case notAnObject
        /// The object says nothing of what it asks about.
        case noSubject(known: [String])
        /// The object asks about several things at once.
        case severalSubjects([String])
        /// A subject without anything that is asked of it.
        case noTest(known: [String])
        /// A field that does not belong there.
        case unknownField(String, known: [String])
        /// A field with something else than it takes.
        case invalid(field: String, expected: String)
        /// Fields that cannot be answered together.
        case unsupported(String)
        /// Too many conditions inside each other.
        case tooDeep(limit: Int)
        /// Too many conditions.
        case tooMany(limit: Int)
    }
}

extension ConditionError: CustomStringConvertible {
    /// One sentence that says what is wrong, and where.
    public var description: String {
        path.isEmpty ? "The condition \(fault)." : "The condition at “\(path)” \(fault)."
    }

    private var fault: String {
        switch reason {
        case .notAnObject: "is not an object"
        case .noSubject(let known): "has none of the fields \(Self.list(known))"
        case .severalSubjects(let names): "has several subjects, \(Self.list(names)), but may have only one"
        case .noTest(let known): "has none of the tests \(Self.list(known))"
        case .unknownField(let name, let known):
            "has the unknown field “\(name.prefix(100))”; known here are \(Self.list(known))"
        case .invalid(let field, let expected): "has something else than \(expected) in the field “\(field)”"
        case .unsupported(let what): what
        case .tooDeep(let limit): "is more than \(limit) conditions deep"
        case .tooMany(let limit): "is beyond the limit of \(limit) conditions"
        }
    }

    private static func list(_ names: [String]) -> String {
        names.map { "“\($0)”" }.joined(separator: ", ")
    }
}
