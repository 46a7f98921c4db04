import Audience
import Events
import HTTPTypes
import Identity
import MessageLog
import Store
import Topics

@testable import ProfileService

/// A generator of random numbers that gives the same ones again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// People and conditions made at random out of few values, so that they meet.
struct RandomPeople {
    var random: SeededGenerator

    private static let traits = ["plan", "age", "address", "a.b", "tags", "since", "na\"me", "é", ""]
    private static let paths = traits + ["address.city", "address.zip", "a.b.c", "address..city", "missing"]
    private static let events = ["Order Completed", "Page", "x'; --"]
    private static let namespaces = ["user", "email", "phone"]
    private static let words = ["Ada", "Löve", "Πέτρος", "adam", "Ångström", "김철수", "lovelace", "o'neil", "al"]
    static let scalars: [JSONValue] = [
        "pro", "PRO", "", "free", "é", "e\u{301}", "각", "\u{1100}\u{1161}\u{11A8}", "が", "か\u{3099}", "2026-01-01",
        "2026-01-01T00:00:00Z",
        "2025-12-31T23:00:00-05:00",
        "2026-02-30", "2025-02-30T10:00:00Z", "2030-01-01T24:00:00Z", "2019-12-31T23:59:59.999Z",
        "2040-06-01T00:00:00.123Z",
        "2026-13-01", "20260101", "2027-01-01 junk", "12", "%", "_", "a*b", "\"", "null", true, false, 0, 1, 18, -3,
        0.1, 0.3, 1.5, 18.0,
        1e300, .number(JSONNumber("1e-320") ?? JSONNumber(0)), .number(JSONNumber("9007199254740993") ?? JSONNumber(0)),
        .number(JSONNumber("9007199254740992.0") ?? JSONNumber(0)), .number(JSONNumber("1e999") ?? JSONNumber(0)),
        .number(JSONNumber("123456789012345678901234567890") ?? JSONNumber(0)),
        .number(JSONNumber("0.30000000000000004") ?? JSONNumber(0)),
    ]

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    private mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int(random.next() % UInt64(values.count))]
    }

    private mutating func chance(_ percent: UInt64) -> Bool { random.next() % 100 < percent }

    private mutating func time() -> Timestamp { .after(Int64(random.next() % 200) - 100) }

    // MARK: - People

    /// Puts a random person into the store, and says what conditions should find in it.
    mutating func person(_ number: Int64, in fixture: StoreFixture) throws -> ProfileSnapshot {
        var person = ProfileSnapshot(now: Bench.now)
        for trait in Self.traits where chance(50) { person.traits[trait] = value(depth: 2) }
        for index in 0...(random.next() % 3) {
            person.identifiers.append(
                Identifier(pick(Self.namespaces), pick(["a", "ab", "xa", "\u{e9}a", "%"]) + "\(number).\(index)")
            )
        }
        let name = (0..<(random.next() % 3)).map { _ in pick(Self.words) }.joined(separator: " ")
        person.text = [NameText.folded(name)]
        let members = try fixture.profile(
            number,
            person.identifiers,
            traits: person.traits.filter { $0.value != .null },
            name: name,
            firstSeen: time(),
            lastSeen: time(),
            events: Int64(random.next() % 4)
        )
        for member in members {
            for run in 1...Int64(2) where chance(40) { try tally(member, run, in: fixture, &person) }
        }
        return person
    }

    private mutating func tally(
        _ member: Int64,
        _ run: Int64,
        in fixture: StoreFixture,
        _ person: inout ProfileSnapshot
    ) throws {
        let name = pick(Self.events)
        let (one, other) = (time(), time())
        let tally = EventTally(count: Int(random.next() % 4) + 1, first: min(one, other), last: max(one, other))
        try fixture.tally(member, name, count: tally.count, first: tally.first, last: tally.last, run: run)
        person.events[name] = person.events[name]?.merged(with: tally) ?? tally
    }

    private mutating func value(depth: Int) -> JSONValue {
        if depth > 0, chance(15) { return .array((0..<3).map { _ in value(depth: depth - 1) }) }
        if depth > 0, chance(20) {
            return .object(["city": value(depth: depth - 1), "zip": value(depth: 0), "": "x", "c": .null])
        }
        return chance(5) ? .null : pick(Self.scalars)
    }

    // MARK: - Conditions

    mutating func condition(depth: Int = 3) -> Condition {
        if depth > 0, chance(45) {
            switch random.next() % 3 {
            case 0: return .all((0..<(random.next() % 3)).map { _ in condition(depth: depth - 1) })
            case 1: return .any((0..<(random.next() % 4)).map { _ in condition(depth: depth - 1) })
            default: return .not(condition(depth: depth - 1))
            }
        }
        switch random.next() % 6 {
        case 0: return .identifier(IdentifierCondition(pick(Self.namespaces + ["none"]), identifierTests()))
        case 1: return .event(EventCondition(pick(Self.events + ["none"]), eventTest()))
        case 2: return .text(pick(["ada", "lov", "LÖV", "Å", "김", "ad lo", "o'neil", "neil", "zzz"]))
        default: return .trait(TraitCondition(pick(Self.paths), (0...(random.next() % 2)).map { _ in traitTest() }))
        }
    }

    private mutating func traitTest() -> TraitCondition.Test {
        switch random.next() % 9 {
        case 0: .exists(chance(50))
        case 1: .equals(value(depth: 1))
        case 2: .notEquals(value(depth: 1))
        case 3: .isIn((0..<3).map { _ in value(depth: 1) })
        case 4: .contains(pick(Self.scalars))
        case 5: .startsWith(pick(["", "p", "2026", "e", "\u{e9}", "%", "가", "\u{1100}", "か"]))
        case 6: .endsWith(pick(["", "o", "Z", "\u{301}", "\u{e9}", "*b"]))
        case 7:
            .compares(
                pick([.greaterThan, .atLeast, .lessThan, .atMost]),
                .time(pick([Timestamp("2026-01-01") ?? Bench.now, Bench.now]))
            )
        default: .compares(pick([.greaterThan, .atLeast, .lessThan, .atMost]), number())
        }
    }

    private mutating func number() -> TraitCondition.Bound {
        while true {
            if case .number(let number) = pick(Self.scalars) { return .number(number) }
        }
    }

    private mutating func identifierTests() -> [IdentifierCondition.Test] {
        (0...(random.next() % 2)).map { _ in
            switch random.next() % 4 {
            case 0: .exists(chance(70))
            case 1: .equals("a\(random.next() % 60).0")
            case 2: .startsWith(pick(["", "a", "x", "\u{e9}", "%"]))
            default: .endsWith(pick(["", ".0", ".1", "5.0"]))
            }
        }
    }

    private mutating func eventTest() -> EventCondition.Test {
        switch random.next() % 4 {
        case 0: .count(atLeast: Int(random.next() % 4), atMost: chance(50) ? Int(random.next() % 6) : nil)
        case 1: .since(time())
        case 2: .until(time())
        default: .within(.seconds(Int64(random.next() % 100)))
        }
    }

    /// One to three random keys.
    mutating func order() -> [SortKey] {
        (0...(random.next() % 3)).map { _ in
            let subject: SortKey.Subject = pick([
                .firstSeen, .lastSeen, .eventCount, .id, .trait("plan"), .trait("age"), .trait("address.city"),
            ])
            return SortKey(subject, chance(50) ? .ascending : .descending)
        }
    }
}
