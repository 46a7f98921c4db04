import Events

/// For each member of a component, its namespace and what holds for it, without a look at its name each time.
struct MemberKinds {
    /// A namespace of the component.
    struct Kind {
        let namespace: String
        let rule: NamespaceRule
        /// Whether it names the person rather than a system's record of them: a login that is stronger than such records.
        let isPersonal: Bool
    }

    /// In the order of their first members.
    let kinds: [Kind]
    /// For each member, the place of its kind.
    let places: [Int]

    init(of component: Component, rules: Rules) {
        var kinds: [Kind] = []
        var known: [String: Int] = [:]
        var places: [Int] = []
        places.reserveCapacity(component.members.count)
        for member in component.members {
            let namespace = member.identifier.namespace
            if let kind = known[namespace] {
                places.append(kind)
                continue
            }
            let rule = rules[namespace]
            known[namespace] = kinds.count
            places.append(kinds.count)
            let isPersonal = rule.isLogin && rule.priority < rules.contact.priority
            kinds.append(Kind(namespace: namespace, rule: rule, isPersonal: isPersonal))
        }
        self.kinds = kinds
        self.places = places
    }

    /// What holds for a member.
    @inline(__always)
    subscript(member: Int) -> Kind { kinds[places[member]] }
}
