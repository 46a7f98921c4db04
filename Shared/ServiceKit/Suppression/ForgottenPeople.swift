public import Events
public import Identity
import IdentityRules
public import Topics

/// People who are to be forgotten, of whom nothing is known but hashes, and the rules that these are by.
public struct ForgottenPeople: Sendable {
    /// Those who were forgotten by the same rules.
    fileprivate struct Group: Sendable {
        /// `nil` where they are not forgotten yet, and of rules that this version cannot read.
        let rules: Rules?
        /// Until when what has the hash is theirs.
        private(set) var hashes: [String: Timestamp] = [:]
        /// The same of mailboxes, by rules that fold them.
        private var foldedHashes: [String: Timestamp] = [:]

        init(
            _ suppressions: [Suppression],
            forgottenBy rules: Rules?,
            until end: (Suppression) -> Timestamp?
        ) {
            self.rules = rules
            for suppression in suppressions {
                let until = end(suppression) ?? Timestamp(microseconds: .max)
                for hash in suppression.hashes { hashes[hash] = max(hashes[hash] ?? until, until) }
                for hash in suppression.foldedHashes { foldedHashes[hash] = max(foldedHashes[hash] ?? until, until) }
            }
        }

        func have(_ hash: String, isOfFolding: Bool, at time: Timestamp) -> Bool {
            if let until = hashes[hash], time < until { return true }
            guard isOfFolding, let until = foldedHashes[hash] else { return false }
            return time < until
        }
    }

    private let groups: [Group]

    /// Those whom some erasures are of.
    ///
    /// Where it is not said by which rules they were forgotten these are taken to be the defaults.
    ///
    /// - Parameter end: When a suppression was lifted: what has come in since is not theirs.
    public init(
        _ erasures: [ControlBook.Erasure],
        until end: (Suppression) -> Timestamp? = { _ in nil }
    ) {
        let byRules = Dictionary(grouping: erasures) { erasure in erasure.forgotten.map { $0.rules ?? "" } }
        groups = byRules.sorted { $0.key ?? "" < $1.key ?? "" }.map { text, erasures in
            let rules = text.flatMap { try? Rules(yaml: $0) }
            return Group(erasures.map(\.suppression), forgottenBy: rules, until: end)
        }
    }

    /// Whether there are none.
    var isEmpty: Bool { groups.allSatisfy { $0.hashes.isEmpty } }

    /// Whether one of them has an identifier with a hash, in whatever form.
    func have(_ hash: String) -> Bool { groups.contains { $0.hashes[hash] != nil } }

    /// The same, as they are known where some rules are in effect.
    public func known(by rules: Rules, key: SuppressionKey) -> KnownPeople { KnownPeople(groups, by: rules, key) }
}

/// People who are to be forgotten, as they are known by their hashes where some rules are in effect.
///
/// In the form that the rules in effect give it a value is anybody's who has it. In the form that other rules give it, it is
/// theirs who were forgotten by those: what these make of values says nothing of all the others.
public struct KnownPeople: Sendable {
    private let recognition: Recognition
    /// Who is known in the forms of each of the recognition's rules.
    private let groups: [[ForgottenPeople.Group]]
    private let key: SuppressionKey

    fileprivate init(_ all: [ForgottenPeople.Group], by rules: Rules, _ key: SuppressionKey) {
        recognition = Recognition(by: rules, formsOf: all.compactMap(\.rules))
        var groups = recognition.rules.map { _ in [ForgottenPeople.Group]() }
        groups[0] = all
        for (group, place) in zip(all.filter { $0.rules != nil }, recognition.places) where place > 0 {
            groups[place].append(group)
        }
        self.groups = groups
        self.key = key
    }

    /// What of an event is not theirs.
    public func rest(of envelope: EventEnvelope) -> Recognition.Rest {
        recognition.rest(of: envelope) { have($0, at: $1, receivedAt: envelope.receivedAt) }
    }

    /// Whether an identifier is one of theirs, which has its form by the rules in effect, or by some from before.
    public func have(_ identifier: Identifier) -> Bool {
        have(identifier, at: 0) || have(identifier.value, in: identifier.namespace)
    }

    /// Whether a value is one of theirs, however it is written.
    public func have(_ value: String, in namespace: String) -> Bool {
        recognition.rules.enumerated().contains { place, rules in
            rules.normalized(namespace, value).map { have($0, at: place) } ?? false
        }
    }

    private func have(_ identifier: Identifier, at place: Int, receivedAt time: Timestamp = .earliest) -> Bool {
        let hash = key.hash(of: identifier)
        let isOfFolding = recognition.rules[place].foldsMailboxes
        return groups[place].contains { $0.have(hash, isOfFolding: isOfFolding, at: time) }
    }
}
