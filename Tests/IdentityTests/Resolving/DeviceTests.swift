import Events
import Identity
import Testing

@Suite("Devices that several people use")
struct DeviceTests {
    let rules = Rules()

    @Test("a device with one login is that person's")
    func whole() {
        var graph = GraphBuilder()
        graph.login("user:ann", on: "anonymous:d", at: 3)
        graph.login("user:ann", on: "anonymous:d", at: 9)
        #expect(graph.resolved(rules).sets == [["user:ann", "anonymous:d"]])
        #expect(graph.resolved(rules).divided == [])
    }

    @Test("a device with two logins is divided between them, and what lies outside joins no one")
    func divided() {
        var graph = GraphBuilder()
        graph.login("user:ann", on: "anonymous:d", at: 3)
        graph.login("user:bob", on: "anonymous:d", at: 5)
        let result = graph.resolved(rules)
        #expect(result.divided == ["anonymous:d"])
        #expect(result.sets == [["user:ann", "anonymous:d@user:ann"], ["user:bob", "anonymous:d@user:bob"]])
    }

    @Test("of two who log in at the same moment one has the device, and the other nothing of it")
    func sameMoment() {
        var graph = GraphBuilder()
        graph.login("user:ann", on: "anonymous:d", at: 5)
        graph.login("user:bob", on: "anonymous:d", at: 5)
        graph.link("email:bob@x.example", "anonymous:d", strength: 30, at: 6)
        let result = graph.resolved(rules)
        #expect(result.sets == [["user:ann"], ["user:bob", "anonymous:d@user:bob", "email:bob@x.example"]])
        #expect(result.rejected == ["anonymous:d – user:ann: anonymous:d is divided"])
    }

    @Test("what happens on it is whose turn it is, or nobody's")
    func evidenceInTime() {
        var graph = GraphBuilder()
        graph.login("user:ann", on: "anonymous:d", at: 3)
        graph.login("user:bob", on: "anonymous:d", at: 5)
        graph.signOut(of: "anonymous:d", at: 8)
        graph.link("email:before@x.example", "anonymous:d", strength: 30, at: 1)
        graph.link("email:ann@x.example", "anonymous:d", strength: 30, at: 4)
        graph.link("email:bob@x.example", "anonymous:d", strength: 30, at: 5)
        graph.link("email:after@x.example", "anonymous:d", strength: 30, at: 8)
        let result = graph.resolved(rules)
        #expect(
            result.sets == [
                ["email:before@x.example"], ["email:after@x.example"],
                ["user:ann", "anonymous:d@user:ann", "email:ann@x.example"],
                ["user:bob", "anonymous:d@user:bob", "email:bob@x.example"],
            ]
        )
        #expect(
            result.rejected == [
                "anonymous:d – email:before@x.example: nobody was logged in on anonymous:d",
                "anonymous:d – email:after@x.example: nobody was logged in on anonymous:d",
            ]
        )
    }

    @Test("with more logins than a family has it is shared")
    func kiosk() {
        var graph = GraphBuilder()
        for person in 1...22 { graph.login("user:\(person)", on: "anonymous:d", at: Int64(person)) }
        let result = graph.resolved(rules)
        #expect(result.shared == ["anonymous:d"])
        #expect(result.divided == [])
        #expect(result.sets.count == 22)
    }

    @Test("a use is the same in whatever order its logins become known", arguments: 0..<100)
    func orderFree(seed: UInt64) {
        var random = SplitMix(seed)
        let marks = (0..<Int.random(in: 0...12, using: &random)).map { _ in
            DeviceUse.Mark(
                Timestamp(microseconds: .random(in: 1...9, using: &random)),
                Bool.random(using: &random) ? Identifier("user", "\(Int.random(in: 1...3, using: &random))") : nil
            )
        }
        let use = DeviceUse(marks)
        #expect(DeviceUse((marks + marks).shuffled(using: &random)) == use)
        for (left, right) in zip(use.marks, use.marks.dropFirst()) {
            #expect(left.time < right.time && (left.login != right.login || left.login == nil))
        }
    }

    @Test("what differs between two uses lies within what is said to", arguments: 0..<200)
    func difference(seed: UInt64) {
        var random = SplitMix(seed)
        var uses: [DeviceUse] = []
        for _ in 0..<2 {
            let marks = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                DeviceUse.Mark(
                    Timestamp(microseconds: .random(in: 1...9, using: &random)),
                    Identifier("user", "\(Bool.random(using: &random))")
                )
            }
            uses.append(DeviceUse(marks))
        }
        let span = uses[0].difference(from: uses[1])
        #expect((span == nil) == (uses[0] == uses[1]))
        for time in (0...10).map({ Timestamp(microseconds: $0) })
        where uses[0].login(at: time) != uses[1].login(at: time) {
            #expect(span.map { $0.start <= time && $0.end.map { time < $0 } ?? true } ?? false)
        }
        let (removed, added) = uses[0].changes(from: uses[1])
        #expect(Set(removed) == Set(uses[1].marks).subtracting(uses[0].marks))
        #expect(Set(added) == Set(uses[0].marks).subtracting(uses[1].marks))
    }

    @Test("further marks change nothing but what is around them", arguments: 0..<300)
    func furtherMarks(seed: UInt64) {
        var random = SplitMix(seed)
        let logins: [Identifier?] = [nil, Identifier("user", "a"), Identifier("user", "b"), Identifier("user", "c")]
        func marks(atMost count: Int) -> [DeviceUse.Mark] {
            (0..<Int.random(in: 0...count, using: &random)).map { _ in
                DeviceUse.Mark(
                    Timestamp(microseconds: .random(in: 1...15, using: &random)),
                    logins[Int.random(in: logins.indices, using: &random)]
                )
            }
        }
        let known = DeviceUse(marks(atMost: 15))
        let told = marks(atMost: 3)
        let whole = DeviceUse(known.marks + told)
        let places = known.places(around: told.map(\.time))
        let former = DeviceUse(known.marks[places])
        #expect(former.marks == Array(known.marks[places]))
        let present = DeviceUse(former.marks + told)
        #expect(known.replacing(places, with: present) == whole)
        #expect(present.difference(from: former) == whole.difference(from: known))
        let (changes, expected) = (present.changes(from: former), whole.changes(from: known))
        #expect(changes.removed == expected.removed && changes.added == expected.added)
    }

    @Test("of a kiosk's many logins a new one is next to few")
    func nextToFew() {
        let kiosk = DeviceUse(
            (1...1000).map { DeviceUse.Mark(Timestamp(microseconds: $0), Identifier("user", "\($0 % 7)")) }
        )
        #expect(kiosk.places(around: [Timestamp(microseconds: 1001)]) == 998..<1000)
        #expect(kiosk.places(around: [Timestamp(microseconds: 500)]) == 498..<502)
        #expect(kiosk.places(around: [Timestamp(microseconds: 0)]) == 0..<2)
    }

    @Test("all turns together are all time, and within one nothing changes on any device", arguments: 0..<100)
    func turns(seed: UInt64) {
        var random = SplitMix(seed)
        var uses: [DeviceUse] = []
        for _ in 0..<2 {
            let marks = (0..<Int.random(in: 0...5, using: &random)).map { _ in
                DeviceUse.Mark(
                    Timestamp(microseconds: .random(in: 1...9, using: &random)),
                    Bool.random(using: &random) ? Identifier("user", "\(Int.random(in: 1...3, using: &random))") : nil
                )
            }
            uses.append(DeviceUse(marks))
        }
        let turns = DeviceUse.turns(on: uses)
        for time in (0...10).map({ Timestamp(microseconds: $0) }) {
            let own = turns.filter { $0.start <= time && $0.end.map { time < $0 } ?? true }
            #expect(own.count == 1)
            for turn in own {
                #expect(uses.map { $0.turnStart(at: time) }.max() == turn.start)
                for use in uses { #expect(use.login(at: turn.start) == use.login(at: time)) }
            }
        }
    }

    @Test("the spans of its logins, and nobody's time, are all of it")
    func spans() {
        let use = DeviceUse([
            .init(Timestamp(microseconds: 1), Identifier("user", "a")), .init(Timestamp(microseconds: 4), nil),
            .init(Timestamp(microseconds: 6), Identifier("user", "a")),
            .init(Timestamp(microseconds: 7), Identifier("user", "b")),
        ])
        #expect(use.spans(of: Identifier("user", "a")).map(\.start.microseconds) == [1, 6])
        #expect(use.spans(of: Identifier("user", "a")).map { $0.end?.microseconds } == [4, 7])
        #expect(use.spans(of: Identifier("user", "b")).map { $0.end?.microseconds } == [nil])
        #expect(use.login(at: Timestamp(microseconds: 5)) == nil)
    }
}
