/// Which member of a group is to hold which lease: whoever knows the same members comes to the same answer.
///
/// By rendezvous hashing: each member has a weight for each lease, and the heaviest gets it. So a member that comes takes its
/// share from all others, one that goes leaves its own to all others, and nothing else moves.
struct Assignment: Sendable {
    /// What a member is to do about its leases.
    struct Plan: Sendable, Equatable {
        /// The leases to take: they are free.
        var take: [String] = []
        /// Those to hand over, once what is under way is finished.
        var yield: Set<String> = []
    }

    let members: [String]

    /// The member that is to hold a lease; `nil` when there is none.
    func holder(of lease: String) -> String? {
        members.max { left, right in
            (Self.weight(of: left, for: lease), left) < (Self.weight(of: right, for: lease), right)
        }
    }

    /// What one member is to do.
    ///
    /// - Parameters:
    ///   - wanted: The leases that there are to share.
    ///   - holders: Who holds which of them now.
    func plan(of member: String, wanted: Set<String>, holders: [String: String]) -> Plan {
        var plan = Plan()
        for lease in wanted.sorted() {
            let isDue = holder(of: lease) == member
            if isDue, holders[lease] == nil { plan.take.append(lease) }
            if !isDue, holders[lease] == member { plan.yield.insert(lease) }
        }
        return plan
    }

    /// FNV-1a, whose bits are mixed at the end: similar names would have similar weights otherwise.
    private static func weight(of member: String, for lease: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in Array(lease.utf8) + [0] + Array(member.utf8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash = (hash ^ hash >> 33) &* 0xFF51_AFD7_ED55_8CCD
        hash = (hash ^ hash >> 33) &* 0xC4CE_B9FE_1A85_EC53
        return hash ^ hash >> 33
    }
}
