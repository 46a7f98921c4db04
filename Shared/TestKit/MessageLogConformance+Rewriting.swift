import MessageLog
import Synchronization

extension MessageLogConformance {
    static let rewritingChecks = [
        Check(description: "rewrites records where they are") { check in
            let erased = Record(value: [], headers: [Header(name: "erased", value: [1])], timestamp: 7)
            let longer = Record(key: [9], value: Array(repeating: 1, count: 9000), timestamp: 7)
            var expected = (0..<100).map { numbered($0) }
            for offset in stride(from: 0, to: 100, by: 3) { expected[offset] = erased.at(offset) }
            expected[50] = longer.at(50)
            try await check.withLog { log, _ in
                for record in (0..<100).map({ numbered($0) }) { _ = try await log.append([record], to: check.topic) }
                let count = try await log.rewrite(check.topic) { stored in
                    stored.offset == 50 ? longer : stored.offset.isMultiple(of: 3) ? erased : nil
                }
                try check.expectEqual(count, 35)
                try await expect(expected, in: log, check)
                try check.expectEqual(try await log.append([erased.at(100)], to: check.topic), .at(100))
            }
            try await check.withLog { log, _ in try await expect(expected + [erased.at(100)], in: log, check) }
        },
        Check(description: "rewrites a record of an append and keeps the others of it") { check in
            try await check.withLog { log, _ in
                _ = try await log.append((0..<10).map { numbered($0) }, to: check.topic)
                let count = try await log.rewrite(check.topic, at: [0, 4, 9]) { _ in Record(value: [], timestamp: 0) }
                try check.expectEqual(count, 3)
                let expected = (0..<10).map {
                    [0, 4, 9].contains($0) ? Record(value: [], timestamp: 0).at($0) : numbered($0)
                }
                try await expect(expected, in: log, check)
            }
        },
        Check(description: "does not count what was rewritten before, or is as it shall be") { check in
            try await check.withLog { log, _ in
                _ = try await log.append((0..<10).map { numbered($0) }, to: check.topic)
                let erase: @Sendable (StoredRecord) -> Record? = {
                    $0.offset < 5 ? Record(value: [], timestamp: 0) : $0.record
                }
                try check.expectEqual(try await log.rewrite(check.topic, erase), 5)
                try check.expectEqual(try await log.rewrite(check.topic, erase), 0)
                try check.expectEqual(try await log.rewrite(check.topic) { _ in nil }, 0)
            }
        },
        Check(description: "asks for the records at the offsets it is given, and no others") { check in
            try await check.withLog { log, partition in
                for number in 0..<100 { _ = try await log.append([numbered(number)], to: check.topic) }
                let asked = Mutex<Set<Offset>>([])
                let replace: @Sendable (StoredRecord) -> Record? = { stored in
                    _ = asked.withLock { $0.insert(stored.offset) }
                    return stored
                        == StoredRecord(
                            partition: partition,
                            offset: stored.offset,
                            record: numbered(Int(stored.offset))
                        ) ? Record(value: [], timestamp: 0) : nil
                }
                let offsets = RangeSet<Offset>([3..<4, 10..<20, 97..<200])
                try check.expectEqual(try await log.rewrite(check.topic, at: offsets, replace), 14)
                try check.expectEqual(asked.withLock { $0 }, Set([3] + Array(10..<20) + [97, 98, 99]))
                try check.expectEqual(try await log.rewrite(check.topic, at: [], replace), 0)
            }
        },
        Check(description: "rewrites what retention has left") { check in
            try await check.withLog { log, _ in
                for number in 0..<100 { _ = try await log.append([numbered(number)], to: check.topic) }
                try await log.applyRetention(Retention(bytes: 10_000), to: check.topic, now: 0)
                let first = try await log.partitions(of: check.topic).first?.first ?? 0
                let count = try await log.rewrite(check.topic) { _ in Record(value: [], timestamp: 0) }
                try check.expect(first > 0, "nothing was removed.")
                try check.expectEqual(count, 100 - Int(first))
                try check.expectEqual(try await log.partitions(of: check.topic).first?.first, first)
            }
        },
        Check(description: "rewrites its own partition and no other") { check in
            try await check.withLog("b") { log, _ in _ = try await log.append([numbered(0)], to: check.topic) }
            try await check.withLog("a") { log, _ in
                try check.expectEqual(try await log.rewrite(check.topic) { _ in Record(value: [], timestamp: 0) }, 0)
                try check.expectEqual(try await log.partitions(of: check.topic).map(\.partition.name), ["b"])
                let other = Partition(topic: check.topic, name: "b")
                let stored = try await log.read(other, from: 0, maxRecords: 10, maxBytes: .max)
                try check.expectEqual(stored.map(\.record), [numbered(0)])
            }
            try await check.withLog(nil) { log, _ in
                try await check.expectError(.readOnly) { () throws(MessageLogError) in
                    _ = try await log.rewrite(check.topic) { _ in nil }
                }
            }
        },
        Check(description: "leaves sequences, consumers and the epoch as they were when it rewrites") { check in
            try await check.withLog { log, partition in
                for number in 0..<40 {
                    _ = try await log.append([numbered(number)], to: check.topic, sequence: UInt64(number + 1))
                }
                try await log.record(progress: [partition: 20], of: "profile", in: check.topic)
                let (status, consumers) = (
                    try await log.partitions(of: check.topic), try await log.consumers(of: check.topic)
                )
                _ = try await log.rewrite(check.topic) { _ in Record(value: [1], timestamp: 0) }
                let now = try await log.partitions(of: check.topic)
                try check.expectEqual(now.map(\.epoch), status.map(\.epoch))
                try check.expectEqual(now.map(\.head), [40])
                try check.expectEqual(try await log.consumers(of: check.topic), consumers)
                try check.expect(now[0].bytes < status[0].bytes, "the partition did not become smaller.")
            }
            try await check.withLog { log, partition in
                try check.expectEqual(try await log.lastSequence(of: check.topic), 40)
                let again = try await log.append([numbered(0)], to: check.topic, sequence: 40)
                try check.expectEqual(again, .duplicate)
                try check.expectEqual(try await log.append([numbered(40)], to: check.topic, sequence: 41), .at(40))
                let stored = try await log.read(partition, from: 20, maxRecords: 100, maxBytes: .max)
                try check.expectEqual(stored.map(\.offset), Array(20...40))
            }
        },
        Check(description: "goes on appending and reading while it rewrites") { check in
            try await check.withLog { log, partition in
                for number in 0..<50 { _ = try await log.append([numbered(number)], to: check.topic) }
                async let appended: Void = append(50..<300, to: log, check)
                async let rewritten: Void = shorten(in: log, check)
                for _ in 0..<50 {
                    let stored = try await log.read(partition, from: 0, maxRecords: 1000, maxBytes: .max)
                    try check.expectEqual(stored.map(\.offset), Array(0..<Offset(stored.count)))
                    let wrong = stored.first { $0.record.timestamp != Int64($0.offset) || $0.record.value.count > 1000 }
                    try check.expect(wrong == nil, "a record is neither the old nor the new one.")
                }
                _ = try await (appended, rewritten)
                try check.expectEqual(try await log.partitions(of: check.topic).map(\.head), [300])
            }
        },
    ]

    /// A record that says which one it is.
    private static func numbered(_ number: Int) -> Record {
        Record(
            key: Array("key \(number)".utf8),
            value: Array(repeating: UInt8(number % 256), count: 500),
            headers: [Header(name: "number", value: Array("\(number)".utf8))],
            timestamp: Int64(number)
        )
    }

    private static func append(_ numbers: Range<Int>, to log: any MessageLog, _ check: Conformance) async throws {
        for number in numbers { _ = try await log.append([numbered(number)], to: check.topic) }
    }

    /// Gives all records values of other lengths, several times.
    private static func shorten(in log: any MessageLog, _ check: Conformance) async throws {
        for length in [0, 1000, 20, 400] {
            _ = try await log.rewrite(check.topic) { stored in
                var record = stored.record
                record.value = Array(repeating: UInt8(length % 256), count: length)
                return record
            }
        }
    }

    /// Expects that these are the records of the partition, the first one at offset 0.
    private static func expect(_ records: [Record], in log: any MessageLog, _ check: Conformance) async throws {
        let partition = Partition(topic: check.topic, name: "a")
        let stored = try await log.read(partition, from: 0, maxRecords: records.count + 1, maxBytes: .max)
        try check.expectEqual(stored.map(\.offset), Array(0..<Offset(records.count)))
        let wrong = zip(stored, records).first { $0.record != $1 }
        try check.expect(wrong == nil, "the record at \(wrong?.0.offset ?? 0) is another one.")
    }
}

extension Record {
    /// The record with the time of the one at an offset.
    fileprivate func at(_ number: Int) -> Record {
        var record = self
        record.timestamp = Int64(number)
        return record
    }
}
