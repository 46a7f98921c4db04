import Events

extension Condition {
    /// The same with something else in place of each identifier that a profile is to have.
    public func mappingIdentifiers(_ map: (Identifier) -> Identifier) -> Condition {
        switch self {
        case .all(let conditions): .all(conditions.map { $0.mappingIdentifiers(map) })
        case .any(let conditions): .any(conditions.map { $0.mappingIdentifiers(map) })
        case .not(let condition): .not(condition.mappingIdentifiers(map))
        case .identifier(let condition): .identifier(condition.mappingIdentifiers(map))
        case .trait, .event, .text: self
        }
    }
}

extension IdentifierCondition {
    fileprivate func mappingIdentifiers(_ map: (Identifier) -> Identifier) -> IdentifierCondition {
        let tests = tests.map { test in
            if case .equals(let value) = test { Test.equals(map(Identifier(namespace, value)).value) } else { test }
        }
        return IdentifierCondition(namespace, tests)
    }
}
