import Dispatch
import Store
import TestKit
import Testing

@testable import Membership

@Suite("Members that do not reach the log", .serialized)
struct CutOffTests {
    private let leases = (0..<12).map { "lease/\($0)" }

    @Test("leave their work to those who do, and get it back")
    func handingOver() async throws {
        let cluster = try PostgreSQLCluster()
        try await cluster.start()
        let (leases, register, cable) = (leases, Register(), Cable())
        let one = try await Party("a", in: cluster, by: cable)
        let two = try await Party("b", in: cluster, by: Cable())
        let works = [one, two].map { party in Task { try await party.work(on: leases, register) } }
        defer { for work in works { work.cancel() } }
        try await register.isShared(12, by: ["a", "b"])

        cable.cut()
        let start = ContinuousClock.now
        try await register.isShared(12, by: ["b"])
        let taken = ContinuousClock.now - start
        #expect(taken > .seconds(6), "\(taken)")
        // It is still there: one that cannot end its work ends itself in the end.
        #expect(cable.isMissed && one.membership.held.isEmpty && two.membership.present == 2)

        cable.mend()
        try await register.isShared(12, by: ["a", "b"])
        #expect(!cable.isMissed)
        #expect(register.clashes.isEmpty)
    }

    @Test("keep their work while nobody does, and when one does a little before the others")
    func nobody() async throws {
        let cluster = try PostgreSQLCluster()
        try await cluster.start()
        let (leases, register, cables) = (leases, Register(), [Cable(), Cable()])
        let one = try await Party("a", in: cluster, by: cables[0])
        let two = try await Party("b", in: cluster, by: cables[1])
        let works = [one, two].map { party in Task { try await party.work(on: leases, register) } }
        defer { for work in works { work.cancel() } }
        try await register.isShared(12, by: ["a", "b"])

        let before = register.workers
        // Only who has been there for so long hands anything over.
        try await stays(before, register, for: .microseconds(Party.patience + 2_000_000))
        for cable in cables { cable.cut() }
        try await stays(before, register, for: .seconds(14))
        cables[1].mend()
        // However busy the pool is: some seconds later it would be right to hand something over.
        let last = cables[0]
        DispatchQueue(label: "mends the last one").asyncAfter(deadline: .now() + .seconds(1)) { last.mend() }
        try await stays(before, register, for: .seconds(13))
        #expect(cables.allSatisfy { !$0.isMissed })
    }

    /// Nothing is handed over for so long.
    private func stays(_ workers: [String: Set<String>], _ register: Register, for time: Duration) async throws {
        let limit = ContinuousClock.now + time
        while ContinuousClock.now < limit {
            try #require(register.workers == workers)
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test("take no lease, yield none at once, and are left out when the others divide them")
    func division() async throws {
        let cluster = try PostgreSQLCluster()
        try await cluster.start()
        let store = try await PostgreSQLStore(
            cluster.address,
            schema: "kith_test",
            migrations: Party.migrations,
            isShared: true
        )
        let one = try await MemberTable.join("a", in: nil, of: store)
        let two = try await MemberTable.join("b", in: nil, of: store)
        let wanted = Set(leases)
        _ = try await one.beat(wanted: wanted, returned: [])
        let before = try await two.beat(wanted: wanted, returned: []).holders
        let share = Set(before.filter { $0.value == "a" }.keys)
        #expect(before.count == 12 && Set(before.values) == ["a", "b"])

        var standing = try await one.beat(wanted: wanted, returned: [], isCutOff: true)
        #expect(standing.cutOff == ["a"] && standing.holders == before && standing.yield.isEmpty)
        standing = try await one.beat(wanted: wanted, returned: share, isCutOff: true)
        #expect(standing.holders.count == 12 - share.count)
        standing = try await two.beat(wanted: wanted, returned: [])
        #expect(standing.holders.count == 12 && Set(standing.holders.values) == ["b"])

        standing = try await two.beat(wanted: wanted, returned: [], isCutOff: true)
        #expect(standing.cutOff == ["a", "b"] && standing.yield.isEmpty)
        standing = try await one.beat(wanted: wanted, returned: [])
        #expect(standing.cutOff == ["b"] && Set(standing.holders.values) == ["b"])
        standing = try await two.beat(wanted: wanted, returned: [], isCutOff: true)
        #expect(standing.yield.isEmpty)
        standing = try await two.beat(wanted: wanted, returned: [])
        #expect(standing.cutOff.isEmpty && standing.yield == share)
    }
}
