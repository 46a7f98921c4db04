import Events

/// A condition on the identifiers of one namespace: one of them must pass every test.
///
/// `{"identifier": "email", "endsWith": "@example.com"}`
///
/// | test | operand | holds when the profile |
/// |---|---|---|
/// | `exists` | boolean | has an identifier of the namespace (`true`), or none (`false`) |
/// | `equals` | string | has this one |
/// | `startsWith`, `endsWith` | string | has one that does |
///
/// Values are compared as they are kept, which is normalized, to the letter; `profile` normalizes what a search says `equals`.
public struct IdentifierCondition: Sendable, Hashable {
    /// Which identifiers are asked about.
    public var namespace: String
    /// What must hold; at least one.
    public var tests: [Test]

    /// A condition of its parts.
    public init(_ namespace: String, _ tests: [Test]) {
        self.namespace = namespace
        self.tests = tests
    }

    /// One thing that must hold.
    public enum Test: Sendable, Hashable {
        case exists(Bool)
        case equals(String)
        case startsWith(String)
        case endsWith(String)
    }
}

// MARK: - Matching

extension IdentifierCondition {
    func matches(_ identifiers: [Identifier]) -> Bool {
        let values = identifiers.lazy.filter { $0.namespace == namespace }.map(\.value)
        if tests.contains(.exists(false)) { return values.isEmpty && tests.allSatisfy { $0 == .exists(false) } }
        return values.contains { value in tests.allSatisfy { $0.matches(value) } }
    }
}

extension IdentifierCondition.Test {
    fileprivate func matches(_ value: String) -> Bool {
        switch self {
        case .exists(let expected): expected
        case .equals(let expected): value.utf8.elementsEqual(expected.utf8)
        case .startsWith(let start): value.utf8.starts(with: start.utf8)
        case .endsWith(let end): value.utf8.reversed().starts(with: end.utf8.reversed())
        }
    }
}
