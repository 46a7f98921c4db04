import Events
import MessageLog
import ServiceKit
import Topics

extension TopicCursor {
    /// The keys of the identifiers by which profiles went and go of which others were told on `changes` up to now; `nil` where
    /// retention has removed some of that.
    ///
    /// What is told while this reads is for the next time: whoever waited for there to be no more might wait for ever.
    mutating func keysTold(on log: any MessageLog) async throws -> Set<Key128>? {
        let heads = try await log.partitions(of: Topic.changes)
        var told: Set<Key128> = []
        while isBehind(heads) {
            let records = try await next()
            if records.isEmpty { break }
            told.formUnion(records.compactMap { try? Change(decoding: $0.record.value) }.flatMap(\.keys))
            try Task.checkCancellation()
        }
        return hasMissed ? nil : told
    }

    private func isBehind(_ heads: [PartitionStatus]) -> Bool {
        heads.contains { positions[$0.partition] ?? 0 < $0.head }
    }
}

extension Change {
    /// The keys of the identifiers that the profile went and goes by.
    fileprivate var keys: [Key128] {
        ([profileID] + formerIDs).compactMap { PublicID.key(of: $0).flatMap { Key128(Array($0)) } }
    }
}
