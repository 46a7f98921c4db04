import Identity

/// Rules at random, of those that a file can say; the same for the same seed.
struct RandomRules {
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    private var generator: Generator

    init(seed: UInt64) {
        generator = Generator(state: seed)
    }

    /// One for every property.
    static let changes: [@Sendable (inout Rules) -> Void] = [
        { $0.country = "XX" }, { $0.foldsMailboxes.toggle() }, { $0.degreeLimit += 1 }, { $0.identifierBytes += 1 },
        { $0.identifiersPerEvent += 1 }, { $0.traitBytes += 1 }, { $0.signOutEvents.insert("more") },
        { $0.namespaces["more"] = $0.other }, { $0.namespaces["user"]?.priority += 1 },
        { $0.namespaces["user"]?.limit += 1 }, { $0.namespaces["user"]?.isUnique.toggle() },
        { $0.namespaces["user"]?.isDevice.toggle() }, { $0.namespaces["user"]?.shareThreshold += 1 },
        { $0.namespaces["user"]?.weakShareThreshold += 1 }, { $0.namespaces["user"]?.mayRepeat.toggle() },
        { $0.namespaces["user"]?.normalization = .email }, { $0.namespaces["user"]?.junk.insert("more") },
        { $0.other.limit += 1 }, { $0.contact.limit += 1 }, { $0.traits["more"] = .first },
        { $0.traits["more"] = .trusted(["a", "b"]) }, { $0.traits["more"] = .trusted(["a, b"]) },
    ]

    mutating func rules() -> Rules {
        var rules = Rules()
        rules.country = pick(["US", "KR", "JP", "NO", "GB", "VA"])
        rules.foldsMailboxes = .random(using: &generator)
        rules.degreeLimit = number(1...1_000_000_000)
        rules.identifierBytes = number(64...2048)
        rules.identifiersPerEvent = number(2...1000)
        rules.traitBytes = number(1...1_000_000)
        rules.signOutEvents = Set(texts(count: 0...3).map { $0.lowercased() })
        let names =
            Array(rules.namespaces.keys).sorted() + [
                "shop.customer", "loyalty.card", "é", "yes", "null", "1", "\"", "카드",
            ]
        for name in names where rules.namespaces[name] != nil || Bool.random(using: &generator) {
            rules.namespaces[name] = namespaceRule()
        }
        rules.other = namespaceRule()
        rules.contact = namespaceRule()
        for name in texts(count: 0...4) { rules.traits[name] = traitRule() }
        return rules
    }

    private mutating func namespaceRule() -> NamespaceRule {
        let isDevice = Bool.random(using: &generator)
        let normalization = pick([NamespaceRule.Normalization.trimmed, .email, .phone])
        return NamespaceRule(
            priority: isDevice ? number(500...1_000_000) : number(0...499),
            limit: pick([1, 2, 25, 1_000_000]),
            isUnique: isDevice ? false : .random(using: &generator),
            isDevice: isDevice,
            normalization: normalization,
            mayRepeat: .random(using: &generator),
            shareThreshold: number(1...1_000_000),
            weakShareThreshold: number(1...1_000_000),
            junk: junk(normalization)
        )
    }

    private mutating func junk(_ normalization: NamespaceRule.Normalization) -> Set<String> {
        let serial = String(number(1000...9999))
        switch normalization {
        case .email: return pick([[], ["ada\(serial)@example.com"], ["o'brien+\(serial)@kith.dev", "z@kith.dev"]])
        case .phone: return pick([[], ["+1202555\(serial)"], ["+8210\(serial)5309", "+33612345\(serial.prefix(3))"]])
        default: return Set(texts(count: 0...3).map { $0.lowercased() })
        }
    }

    private mutating func traitRule() -> TraitRule {
        pick([.first, .max, .min, .union, .longest, .trusted(texts(count: 1...3))])
    }

    /// Different texts of all that may trip a reader of YAML, none with white space at its ends.
    private mutating func texts(count: ClosedRange<Int>) -> [String] {
        let pieces = [
            "a", "Z", "é", "e\u{301}", "가", "🙂", "\"", "'", "\\", ":", ": ", " #", "- ", "?", ",", "[", "}", "&", "*",
            "!", "|", ">",
            "%", "@", "`", "~", "yes", "null", "true", "1.0", "0x1F", "\u{200B}b", "\u{2028}c", "\u{85}d", "\u{FEFF}e",
            "{{x}}", "\\n", "<<",
        ]
        var texts: Set<String> = []
        for number in 0..<number(count) {
            let middle = (0..<self.number(0...4)).map { _ in pick(pieces) }.joined()
            texts.insert(pick(["x", "\"", "~", "- ", "# ", "%", "é", "1"]) + middle + "\(number)")
        }
        return texts.sorted()
    }

    private mutating func number(_ range: ClosedRange<Int>) -> Int { .random(in: range, using: &generator) }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[number(0...(elements.count - 1))]
    }
}
