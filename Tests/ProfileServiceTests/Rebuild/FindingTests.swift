import Testing
import Topics

@testable import ProfileService

@Suite("What a comparison comes to")
struct FindingTests {
    private static func key(_ number: UInt64) -> Key128 { Key128(upper: 0, lower: number) }

    /// A profile of these identifiers, called by the first.
    private static func portrait(
        _ members: [UInt64],
        traits: String = "{}",
        shared: Bool = false
    ) -> ComparedProfile.Portrait {
        .init(key: key(members[0]), isShared: shared, members: members.map(key).sorted(), traits: traits)
    }

    private static func origin(
        _ number: Int64,
        _ portrait: ComparedProfile.Portrait,
        heirs: [Int64],
        siblings: [UInt64] = [],
        revision: Int64 = 7
    ) -> ComparedProfile.Origin {
        .init(number: number, portrait: portrait, revision: revision, heirs: heirs, siblings: siblings.map(key))
    }

    @Test("a profile that looks as before is told to nobody, and keeps its revision")
    func unchanged() {
        let portrait = Self.portrait([1, 2])
        let profile = ComparedProfile(number: 5, present: portrait, origins: [Self.origin(9, portrait, heirs: [5])])
        #expect(profile.finding == Finding(leads: 1, revision: 7))
    }

    @Test("another id, other identifiers and other traits are told apart, and may come together")
    func ofOne() {
        func finding(_ present: ComparedProfile.Portrait) -> Finding {
            let origin = Self.origin(9, Self.portrait([1, 2]), heirs: [5])
            return ComparedProfile(number: 5, present: present, origins: [origin]).finding
        }
        #expect(
            finding(Self.portrait([2, 1]))
                == Finding(
                    kinds: [.renamed],
                    leads: 1,
                    change: .updated,
                    former: [Self.key(1)],
                    origins: [Self.key(1)],
                    revision: 8
                )
        )
        #expect(finding(Self.portrait([1, 2, 3])).kinds == [.identifiersChanged])
        #expect(finding(Self.portrait([1, 2], traits: #"{"a":1}"#)).kinds == [.traitsChanged])
        let other = finding(Self.portrait([2], traits: #"{"a":1}"#))
        #expect(other.kinds == [.renamed, .identifiersChanged, .traitsChanged])
        #expect(other.former == [])
    }

    @Test(
        "more events, or a later one, are told although nothing else differs",
        arguments: [(3, 0), (0, 9)] as [(Int64, Int64)]
    )
    func events(count: Int64, lastSeen: Int64) {
        var present = Self.portrait([1, 2])
        let origin = Self.origin(9, present, heirs: [5])
        (present.events, present.lastSeen) = (count, lastSeen)
        let finding = ComparedProfile(number: 5, present: present, origins: [origin]).finding
        #expect(
            finding
                == Finding(
                    kinds: [.eventsChanged],
                    leads: 1,
                    change: .updated,
                    origins: [Self.key(1)],
                    revision: 8
                )
        )
    }

    @Test("one that took in others is merged, and names those whose ids lead there")
    func merged() {
        let origins = [
            Self.origin(1, Self.portrait([1]), heirs: [5], revision: 3),
            Self.origin(2, Self.portrait([2, 9]), heirs: [5, 6], siblings: [9], revision: 4),
        ]
        let finding = ComparedProfile(number: 5, present: Self.portrait([1, 2]), origins: origins).finding
        var expected = Finding(kinds: [.merged, .split], leads: 2, splits: 1, revision: 5)
        expected.change = .merged
        expected.former = [Self.key(2)]
        expected.origins = [Self.key(1), Self.key(2)]
        expected.siblings = [Self.key(9)]
        #expect(finding == expected)
    }

    @Test("of several that were one, one counts it, and all are told")
    func split() {
        func finding(_ number: Int64, _ members: [UInt64], beside siblings: [UInt64]) -> Finding {
            let origin = Self.origin(9, Self.portrait([1, 2, 3]), heirs: [5, 6], siblings: siblings)
            return ComparedProfile(number: number, present: Self.portrait(members), origins: [origin]).finding
        }
        var expected = Finding(kinds: [.split], change: .split, origins: [Self.key(1)], revision: 8)
        expected.siblings = [Self.key(1)]
        #expect(finding(6, [2, 3], beside: [1]) == expected)
        (expected.leads, expected.splits, expected.siblings) = (1, 1, [Self.key(2)])
        #expect(finding(5, [1], beside: [2]) == expected)
    }

    @Test("one that nobody was is new")
    func created() {
        let finding = ComparedProfile(number: 5, present: Self.portrait([1]), origins: []).finding
        #expect(finding == Finding(kinds: [.created], change: .created, revision: 1))
    }

    @Test("one whose id is not in the old store goes on from the revisions that it may have been told with")
    func unknownID() {
        func revision(after origins: [ComparedProfile.Origin]) -> Int64 {
            let present = Self.portrait([1, 2])
            return ComparedProfile(number: 5, present: present, origins: origins, precedent: 9).finding.revision
        }
        #expect(revision(after: []) == 10)
        #expect(revision(after: [Self.origin(9, Self.portrait([2]), heirs: [5])]) == 10)
        #expect(revision(after: [Self.origin(9, Self.portrait([2, 1]), heirs: [5])]) == 8)
    }

    @Test("what is nobody's is told, but not counted")
    func shared() {
        let origin = Self.origin(9, Self.portrait([1, 2]), heirs: [5], siblings: [1])
        let finding = ComparedProfile(number: 6, present: Self.portrait([2], shared: true), origins: [origin]).finding
        #expect(finding == Finding(change: .split, origins: [Self.key(1)], siblings: [Self.key(1)], revision: 8))
        let back = Self.origin(9, Self.portrait([2], shared: true), heirs: [6])
        let person = ComparedProfile(number: 6, present: Self.portrait([2]), origins: [back]).finding
        #expect(person == Finding(kinds: [.created], change: .updated, origins: [Self.key(2)], revision: 8))
    }

    @Test("traits that only look the same differ")
    func bytes() {
        let portraits = ["\u{E9}", "e\u{301}"].map { Self.portrait([1], traits: "{\"a\":\"\($0)\"}") }
        #expect(portraits[0] != portraits[1])
        #expect(ReportAssembly.differences(portraits[0].traits, portraits[1].traits) == ["a"])
    }

    @Test("the id that an identifier gave which is there no more leads to who inherits it")
    func lost() {
        func finding(inherits: Bool) -> Finding {
            var origin = Self.origin(9, Self.portrait([1, 2]), heirs: [5])
            origin.lost = inherits ? [Self.key(1)] : []
            return ComparedProfile(number: 5, present: Self.portrait([2]), origins: [origin]).finding
        }
        let heir = finding(inherits: true)
        #expect(heir.former == [Self.key(1)])
        #expect(heir.lost == [Self.key(1)])
        #expect(heir.kinds == [.renamed, .identifiersChanged])
        let other = finding(inherits: false)
        #expect(other.former == [])
        #expect(other.lost == [])
    }

    @Test("traits are the same whatever white space and escapes they are written with")
    func spelling() {
        func finding(_ traits: String) -> Finding {
            let origin = Self.origin(9, Self.portrait([1], traits: #"{"a": ["b", "\u0063"]}"#), heirs: [5])
            return ComparedProfile(number: 5, present: Self.portrait([1], traits: traits), origins: [origin]).finding
        }
        #expect(finding(#"{"a":["b","c"]}"#) == Finding(leads: 1, revision: 7))
        #expect(finding(#"{"a":["b"," c"]}"#).kinds == [.traitsChanged])
    }
}
