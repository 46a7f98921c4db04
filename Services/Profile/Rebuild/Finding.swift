import Events
import Topics

/// Something that a rebuild does to a person's profile.
enum FindingKind: String, CaseIterable, Sendable {
    case merged
    case split
    case renamed
    case identifiersChanged
    case traitsChanged
    case eventsChanged
    case created
    case removed
}

/// A profile of the new store, beside those of the old one that it has identifiers of.
struct ComparedProfile: Equatable, Sendable {
    /// What others can see of a profile.
    struct Portrait: Equatable, Sendable {
        /// The key of its id.
        var key: Key128
        /// Whether it is nobody's: that of a shared identifier.
        var isShared = false
        /// The keys of its identifiers, sorted.
        var members: [Key128]
        /// A JSON object with sorted keys.
        var traits = "{}"
        /// How many events it has.
        var events: Int64 = 0
        /// When the last of them happened, in microseconds.
        var lastSeen: Int64 = 0
    }

    /// An old profile.
    struct Origin: Equatable, Sendable {
        var number: Int64
        var portrait: Portrait
        var revision: Int64 = 1
        /// The persons of the new store that have identifiers of it, sorted.
        var heirs: [Int64]
        /// The ids of what else in the new store has identifiers of it, be it a person or not, sorted; of thousands the first.
        var siblings: [Key128] = []
        /// The keys of its identifiers that are not in the new store, if the profile inherits the ids that these gave.
        var lost: [Key128] = []

        /// Whether anything else in the new store has identifiers of it.
        var isScattered: Bool { !siblings.isEmpty }
    }

    var number: Int64
    var present: Portrait
    var origins: [Origin]
    /// The greatest revision that others may have been told of with an id that the old store does not know.
    var precedent: Int64 = 0
}

/// What the comparison of a profile comes to.
struct Finding: Equatable, Sendable {
    /// What the report counts; empty if nothing changed, and for what is nobody's.
    var kinds: Set<FindingKind> = []
    /// How many old persons are counted with this profile: those of whose heirs it is the first.
    var leads = 0
    /// How many of these are several now.
    var splits = 0
    /// What others are told; `nil` if it looks as before.
    var change: Change.Kind?
    /// The ids that lead here and are not its own.
    var former: [Key128] = []
    /// The ids of the old profiles that it has identifiers of, if others are told.
    var origins: [Key128] = []
    /// The ids of the other new profiles that have identifiers of these, as many as are told.
    var siblings: [Key128] = []
    /// The keys of identifiers of these that are there no more, and lead here now as ids.
    var lost: [Key128] = []
    /// The revision that it has now.
    var revision: Int64
}

extension ComparedProfile {
    /// Whether the profile is one old one, and looks as that did.
    var isUnchanged: Bool { origins.count == 1 && origins[0].portrait == present && !origins[0].isScattered }

    var finding: Finding {
        let latest = origins.map(\.revision).max() ?? 0
        let leads = persons.filter { $0.heirs.first == number }
        var finding = Finding(kinds: kinds, leads: leads.count, revision: latest)
        finding.splits = leads.count { $0.heirs.count > 1 }
        guard !isUnchanged else { return finding }
        finding.change = change
        finding.former = taken.map(\.portrait.key).sorted()
        finding.origins = origins.map(\.portrait.key).sorted()
        // Each of thousands that were one would have all the others.
        finding.siblings = Array(Set(origins.flatMap(\.siblings)).sorted().prefix(MergeLog.Entry.mostResults))
        finding.lost = origins.flatMap(\.lost).sorted()
        finding.revision = max(latest, isKnownByID ? 0 : precedent) + 1
        return finding
    }

    /// Whether the old store knows the identifier that gives the profile its id.
    private var isKnownByID: Bool { origins.contains { $0.portrait.members.contains(present.key) } }

    // MARK: - For the report

    private var persons: [Origin] { present.isShared ? [] : origins.filter { !$0.portrait.isShared } }

    private var kinds: Set<FindingKind> {
        guard !present.isShared else { return [] }
        guard let origin = persons.first else { return [.created] }
        var kinds: Set<FindingKind> = []
        if persons.count > 1 { kinds.insert(.merged) }
        if persons.contains(where: { $0.heirs.count > 1 }) { kinds.insert(.split) }
        guard kinds.isEmpty else { return kinds }
        if origin.portrait.key != present.key { kinds.insert(.renamed) }
        if origin.portrait.members != present.members { kinds.insert(.identifiersChanged) }
        if !origin.portrait.hasTraits(of: present) { kinds.insert(.traitsChanged) }
        if !origin.portrait.hasEvents(of: present) { kinds.insert(.eventsChanged) }
        return kinds
    }

    // MARK: - For others

    /// The old profiles whose ids lead here now, beside the one with the same id.
    private var taken: [Origin] {
        origins.filter { origin in
            let key = origin.portrait.key
            return key != present.key && (present.members.contains(key) || origin.lost.contains(key))
        }
    }

    private var change: Change.Kind {
        if origins.isEmpty { return .created }
        let isItself = origins.contains { $0.portrait.key == present.key }
        if taken.count + (isItself ? 1 : 0) > 1 { return .merged }
        return origins.contains(where: \.isScattered) ? .split : .updated
    }
}

extension ComparedProfile.Portrait {
    static func == (left: Self, right: Self) -> Bool {
        left.key == right.key && left.isShared == right.isShared && left.members == right.members
            && left.hasTraits(of: right) && left.hasEvents(of: right)
    }

    /// Whether the traits are the same, however they are written: a rule may keep what was sent, or write it anew.
    fileprivate func hasTraits(of other: Self) -> Bool {
        // As bytes; `String` holds more for equal.
        traits.utf8.elementsEqual(other.traits.utf8) || Self.plain(traits) == Self.plain(other.traits)
    }

    /// The names and values one after the other.
    private static func plain(_ traits: String) -> [[UInt8]] {
        guard let json = try? JSONDocument(traits: traits) else { return [Array(traits.utf8)] }
        return json.root.members.flatMap { [Array($0.key.utf8), $0.value.value.bytes] }
    }

    /// Whether there are as many events, up to the same time.
    fileprivate func hasEvents(of other: Self) -> Bool { events == other.events && lastSeen == other.lastSeen }
}
