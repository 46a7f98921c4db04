import Testing

@testable import Membership

@Suite("Who is to hold which lease")
struct AssignmentTests {
    private let leases = (0..<300).map { "source/\($0)" }

    private func holders(_ members: [String]) -> [String: String] {
        let assignment = Assignment(members: members)
        return leases.reduce(into: [:]) { $0[$1] = assignment.holder(of: $1) }
    }

    @Test("does not depend on the order in which members are known")
    func order() {
        #expect(holders(["a", "b", "c"]) == holders(["c", "a", "b"]))
    }

    @Test("is shared about evenly", arguments: [2, 3, 5])
    func evenness(count: Int) {
        let members = (0..<count).map { "connector-\($0)" }
        let shares = Dictionary(grouping: holders(members).values) { $0 }.mapValues(\.count)
        #expect(shares.count == count)
        #expect(shares.values.allSatisfy { $0 > leases.count / count / 2 }, "\(shares)")
    }

    @Test("changes only as far as it must when one comes or goes")
    func movement() {
        let (two, three) = (holders(["a", "b"]), holders(["a", "b", "c"]))
        for lease in leases where three[lease] != "c" { #expect(two[lease] == three[lease]) }
        #expect(three.values.contains("c"))
    }

    @Test("is nobody when there is nobody")
    func nobody() {
        #expect(Assignment(members: []).holder(of: "x") == nil)
    }

    @Test("a member takes what is free and due to it, and yields what it has and is another's")
    func plan() {
        let wanted = Set(leases)
        let before = holders(["a", "b"])
        let plan = Assignment(members: ["a", "b", "c"]).plan(of: "a", wanted: wanted, holders: before)
        #expect(plan.take.isEmpty)
        let after = holders(["a", "b", "c"])
        #expect(plan.yield == wanted.filter { before[$0] == "a" && after[$0] == "c" })
        #expect(!plan.yield.isEmpty)

        let free = before.filter { $0.value != "b" }
        let alone = Assignment(members: ["a"]).plan(of: "a", wanted: wanted, holders: free)
        #expect(Set(alone.take) == wanted.filter { before[$0] == "b" } && alone.yield.isEmpty)
        #expect(Assignment(members: ["a"]).plan(of: "a", wanted: [], holders: [:]) == Assignment.Plan())
    }
}
