public import Events

extension Rules {
    /// What an event says about identities.
    public func facts(of envelope: EventEnvelope) -> EventFacts {
        var extraction = Extraction(rules: self, envelope: envelope)
        extraction.gatherIdentifiers()
        extraction.gatherObservations()
        return extraction.finished()
    }

    /// The same without the traits.
    func identities(in envelope: EventEnvelope) -> EventFacts {
        var extraction = Extraction(rules: self, envelope: envelope)
        extraction.gatherIdentifiers()
        return extraction.finished()
    }

    /// Whether an event ends the login on the devices that it names; a page of that name does not.
    public func endsLogin(_ type: EventType, named name: String?) -> Bool {
        guard type == .track, let name else { return false }
        return signOutEvents.contains(name.lowercased())
    }

    /// The country of the phone numbers that an event has without a calling code.
    func country(of envelope: EventEnvelope) -> PhoneCountry? {
        Extraction(rules: self, envelope: envelope).country
    }
}

/// Gathers the facts of one event.
struct Extraction {
    private struct Found {
        var identifier: Identifier
        var rule: NamespaceRule
        var statement: Strength.Statement
        /// Whether an alias says that it is another's former name.
        var isFormer = false

        /// Whether it is stronger; no two are the same.
        static func precedes(_ left: Found, _ right: Found) -> Bool {
            if left.rule.priority != right.rule.priority { return left.rule.priority < right.rule.priority }
            if left.isFormer != right.isFormer { return right.isFormer }
            return left.identifier < right.identifier
        }
    }

    let rules: Rules
    let envelope: EventEnvelope
    private let event: JSONView
    private let context: JSONView?
    private let traits: JSONView?
    private let contextTraits: JSONView?
    private let posthog: JSONView?
    /// An order, or the way there, gives the buyer's own address; in other events it may be anybody's.
    private let isOrder: Bool
    private var found: [Found] = []
    /// The two that an alias call says are the same, the present one first.
    private var aliased: [(Identifier, Identifier)] = []
    private var observations: [EventFacts.Observation] = []
    /// The places of the observations by the bytes of their traits' names, once there are many.
    private var observed: [[UInt8]: Int] = [:]

    init(rules: Rules, envelope: EventEnvelope) {
        self.rules = rules
        self.envelope = envelope
        event = envelope.event
        context = event["context"]
        traits = event["traits"]
        contextTraits = context?["traits"]
        posthog = context?["posthog"]
        isOrder = envelope.type == .track && envelope.name.map(Self.isOrder) ?? false
    }

    // MARK: - Identifiers

    mutating func gatherIdentifiers() {
        let statement: Strength.Statement = envelope.type == .identify ? .identified : .carried
        gatherOwnIDs(statement)
        gatherExternalIDs(statement)
        gatherAddresses(in: contextTraits, statement)
        // A group's traits are the group's own.
        if envelope.type != .group { gatherAddresses(in: traits, statement) }
        if isOrder { gatherAddresses(in: event["properties"], .mentioned) }
        if let device = context?["device"] {
            add(Namespace.device, device["id"], .carried)
            add(Namespace.device, device["advertisingId"], .carried)
        }
    }

    private var userNamespace: String { envelope.userNamespace ?? Namespace.user }

    private mutating func gatherOwnIDs(_ statement: Strength.Statement) {
        if envelope.type == .alias, let previous = event["previousId"]?.string {
            gatherAlias(user: event["userId"]?.string ?? event["anonymousId"]?.string, previous: previous)
        } else {
            add(userNamespace, event["userId"], statement)
        }
        add(Namespace.anonymous, event["anonymousId"], statement)
    }

    private mutating func gatherExternalIDs(_ statement: Strength.Statement) {
        for key in EventEnvelope.externalIDKeys {
            guard let list = context?[key] else { continue }
            for external in list.elements {
                guard let type = external["type"]?.string, let namespace = namespace(ofType: type) else { continue }
                add(namespace, external["id"], statement)
            }
        }
    }

    private mutating func gatherAddresses(in traits: JSONView?, _ statement: Strength.Statement) {
        guard let traits else { return }
        add(Namespace.email, traits["email"], statement)
        add(Namespace.phone, traits["phone"], statement)
    }

    /// Where the person lives; a group's traits do not say.
    var country: PhoneCountry? {
        let known = [contextTraits, envelope.type == .group ? nil : traits]
        return EventCountry.said(in: known) ?? (isOrder ? EventCountry.said(inOrder: event["properties"]) : nil)
    }

    private var isSignOut: Bool { rules.endsLogin(envelope.type, named: envelope.name) }

    private static func isOrder(_ name: String) -> Bool {
        let words = name.lowercased()
        return words.hasPrefix("order ") || words.hasPrefix("checkout ") || words.hasPrefix("payment ")
    }

    /// The namespace that an external id's type means; `nil` when it could not be told from its value again.
    private func namespace(ofType type: String) -> String? {
        let name = Rules.namespaceForm(Trimming.trimmed(type)).lowercased()
        switch name {
        case "user_id": return userNamespace
        case "anonymous_id": return Namespace.anonymous
        default: break
        }
        let isName = (1...64).contains(name.utf8.count) && name.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: ":") }
        return isName ? name : nil
    }

    private mutating func add(_ namespace: String, _ value: JSONView?, _ statement: Strength.Statement) {
        guard let value, let text = value.string ?? value.int64.map(String.init) else { return }
        add(namespace, text, statement)
    }

    @discardableResult
    private mutating func add(_ namespace: String, _ value: String, _ statement: Strength.Statement) -> Identifier? {
        let rule = rules[namespace]
        let place = rule.normalization == .phone ? country : nil
        guard found.count < rules.identifiersPerEvent,
            let identifier = rules.normalized(namespace, value, by: rule, country: place)
        else { return nil }
        if let known = found.firstIndex(where: { $0.identifier == identifier }) {
            if found[known].statement.rawValue < statement.rawValue { found[known].statement = statement }
        } else {
            found.append(Found(identifier: identifier, rule: rule, statement: statement))
        }
        return identifier
    }

    // MARK: - Alias

    /// Names both ids by what they look like, whichever of the two arguments they were given as.
    ///
    /// Senders differ on the order, and on whether the previous id was an anonymous one. One that a library made up was;
    /// of any other it is not known, so it is named as both: the one that no other event names does no harm, since whatever else
    /// the event names is the present id's.
    private mutating func gatherAlias(user: String?, previous: String) {
        guard let user else {
            add(Namespace.anonymous, previous, .aliased)
            return
        }
        let isSwapped = GeneratedID.looksLikeOne(user) && !GeneratedID.looksLikeOne(previous)
        let (current, other) = isSwapped ? (previous, user) : (user, previous)
        guard let person = add(userNamespace, current, .aliased) else {
            add(Namespace.anonymous, other, .aliased)
            return
        }
        // PostHog has one space for both kinds of ids, so there even a made-up one may have been sent as a user's.
        let isAmbiguous = !GeneratedID.looksLikeOne(other) || posthog != nil
        var names = [Namespace.anonymous]
        if isAmbiguous { names.append(userNamespace) }
        for name in names {
            guard let same = add(name, other, .aliased), same != person else { continue }
            aliased.append((person, same))
            if let place = found.firstIndex(where: { $0.identifier == same }) { found[place].isFormer = true }
        }
    }

    // MARK: - Traits

    mutating func gatherObservations() {
        let initial = names(in: "setOnce")
        if let contextTraits { observe(contextTraits, initial: initial) }
        if let traits, envelope.type != .group { observe(traits, initial: initial) }
        for name in names(in: "unset") { observe(name, value: "null", isInitial: false) }
        if let group = event["groupId"]?.string {
            observe("groupId", value: JSONValue.string(group).text, isInitial: false)
        }
    }

    private mutating func observe(_ traits: JSONView, initial: Set<String>) {
        observations.reserveCapacity(observations.count + traits.count)
        for (name, value) in traits.members {
            let raw = value.raw
            guard raw.count <= rules.traitBytes else { continue }
            observe(name, value: String(decoding: raw, as: UTF8.self), isInitial: initial.contains(name))
        }
    }

    private mutating func observe(_ trait: String, value: String, isInitial: Bool) {
        guard !trait.isEmpty, trait.utf8.count <= 256 else { return }
        let observation = EventFacts.Observation(trait: trait, value: value, isInitial: isInitial)
        // What is said of the same trait later in the list is the more specific.
        if let known = place(ofTrait: trait) {
            observations[known] = observation
        } else {
            if !observed.isEmpty { observed[Array(trait.utf8)] = observations.count }
            observations.append(observation)
        }
    }

    /// Where a trait stands among the observations; few are looked through, many are looked up.
    private mutating func place(ofTrait trait: String) -> Int? {
        guard observations.count >= 32 else {
            return observations.firstIndex { $0.trait.utf8.elementsEqual(trait.utf8) }
        }
        if observed.isEmpty {
            for (place, observation) in observations.enumerated() { observed[Array(observation.trait.utf8)] = place }
        }
        return observed[Array(trait.utf8)]
    }

    private func names(in list: String) -> Set<String> {
        guard let names = posthog?[list] else { return [] }
        return Set(names.elements.compactMap(\.string))
    }

    // MARK: - Together

    func finished() -> EventFacts {
        let ordered = found.sorted(by: Found.precedes)
        let links = ordered.indices.dropFirst().map { link(0, $0, of: ordered) }
        return EventFacts(
            identifiers: ordered.map(\.identifier),
            links: links + aliasLinks(ordered),
            observations: observations,
            signedOut: isSignOut ? ordered.indices.filter { ordered[$0].rule.isDevice } : [],
            isOfDevice: ordered.first?.rule.isDevice ?? false
        )
    }

    private func link(_ left: Int, _ right: Int, of ordered: [Found]) -> EventFacts.Link {
        EventFacts.Link(
            left: left,
            right: right,
            strength: strength(ordered[left], ordered[right]),
            device: Self.meaning(of: ordered[left].rule, with: ordered[right].rule)
        )
    }

    /// What an alias says of two ids of one namespace where the event names something stronger as well: they count as one.
    private func aliasLinks(_ ordered: [Found]) -> [EventFacts.Link] {
        aliased.compactMap { present, former in
            guard present.namespace == former.namespace,
                let left = ordered.firstIndex(where: { $0.identifier == present }), left > 0,
                let right = ordered.firstIndex(where: { $0.identifier == former })
            else { return nil }
            return link(left, right, of: ordered)
        }
    }

    private static func meaning(of strongest: NamespaceRule, with other: NamespaceRule) -> EventFacts.DeviceMeaning {
        if other.isDevice, strongest.isLogin { return .login }
        return other.isDevice || strongest.isDevice ? .inTurn : .none
    }

    private static func statement(_ present: Identifier, _ former: Identifier) -> Strength.Statement {
        guard present.namespace == former.namespace else { return .aliased }
        return present < former ? .aliasedFromGreater : .aliasedFromLesser
    }

    private func strength(_ strongest: Found, _ other: Found) -> Strength {
        let (one, two) = (strongest.identifier, other.identifier)
        if let (present, former) = aliased.first(where: { $0 == (one, two) || $0 == (two, one) }) {
            return Strength(Self.statement(present, former), isUnique: strongest.rule.isUnique)
        }
        let statement = min(strongest.statement.rawValue, other.statement.rawValue)
        let weaker = Strength.Statement(rawValue: min(statement, Strength.Statement.identified.rawValue)) ?? .carried
        return Strength(weaker, isUnique: strongest.rule.isUnique)
    }
}
