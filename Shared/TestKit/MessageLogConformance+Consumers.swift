import MessageLog

extension MessageLogConformance {
    static let consumerChecks = [
        Check(description: "remembers how far consumers have come") { check in
            let (one, two) = (Partition(topic: check.topic, name: "a"), Partition(topic: check.topic, name: "b"))
            try await check.withLog(nil) { log, _ in
                try check.expectEqual(try await log.consumers(of: check.topic), [])
                try await log.record(progress: [one: 3], of: "zoe", in: check.topic)
                try await log.record(progress: [one: 1], of: "profile", in: check.topic)
                try await log.record(progress: [two: 2], of: "profile", in: check.topic)
                try await log.record(progress: [one: 4], of: "profile", in: check.topic)
                let found = try await log.consumers(of: check.topic)
                try check.expectEqual(found.map(\.name), ["profile", "zoe"])
                try check.expectEqual(found.map(\.positions), [[one: 4, two: 2], [one: 3]])
                try check.expect(found.allSatisfy { $0.updated > 0 }, "a time is missing.")
            }
        },
        Check(description: "removes what is too old, but not what it is writing") { check in
            try await check.withLog { log, partition in
                try await fill(log, check)
                let far = Int64.max / 2
                try await log.applyRetention(Retention(age: far), to: check.topic, now: far)
                try check.expectEqual(try await log.partitions(of: check.topic).first?.first, 0)
                try await log.applyRetention(Retention(age: 1), to: check.topic, now: far)
                try await expectRemoved(log, check, partition)
            }
        },
        Check(description: "removes what is too much, oldest first") { check in
            try await check.withLog { log, partition in
                try await fill(log, check)
                try await log.applyRetention(Retention(bytes: .max), to: check.topic, now: 0)
                try check.expectEqual(try await log.partitions(of: check.topic).first?.first, 0)
                try await log.applyRetention(Retention(bytes: 10_000), to: check.topic, now: 0)
                try await expectRemoved(log, check, partition)
                let bytes = try await log.partitions(of: check.topic).first?.bytes ?? 0
                try check.expect(bytes > 2000 && bytes <= 10_000, "\(bytes) bytes are left.")
            }
        },
        Check(description: "never removes what a consumer has still to read") { check in
            try await check.withLog { log, partition in
                try await fill(log, check)
                let other = Partition(topic: check.topic, name: "other")
                try await log.record(progress: [partition: 50], of: "slow", in: check.topic)
                try await log.record(progress: [partition: 90, other: 1], of: "fast", in: check.topic)
                try await log.applyRetention(Retention(bytes: 0), to: check.topic, now: 0)
                let first = try await log.partitions(of: check.topic).first?.first ?? 0
                try check.expect((30...50).contains(first), "the first record is \(first) now.")
                try await log.record(progress: [other: 1], of: "new", in: check.topic)
                try await log.record(progress: [partition: 100], of: "slow", in: check.topic)
                try await log.applyRetention(Retention(bytes: 0), to: check.topic, now: 0)
                try check.expectEqual(try await log.partitions(of: check.topic).first?.first, first)
            }
        },
        Check(description: "remembers the sequence when its record was removed") { check in
            try await check.withLog { log, _ in
                try await fill(log, check, firstSequence: 1)
                for number in 0..<20 { _ = try await log.append([big(number)], to: check.topic) }
                try await log.applyRetention(Retention(bytes: 0), to: check.topic, now: 0)
            }
            try await check.withLog { log, _ in
                try check.expectEqual(try await log.lastSequence(of: check.topic), 100)
            }
        },
    ]

    static let nameChecks = [
        Check(description: "refuses names that are none") { check in
            try await check.withLog { log, _ in
                let wrong = [
                    "", "A", "a b", "../a", "-a", "_a", "ä", ".", "consumers", String(repeating: "a", count: 65),
                ]
                for name in wrong {
                    try await check.expectError(.invalidName(name)) { () throws(MessageLogError) in
                        _ = try await log.append(check.records(["a"]), to: name)
                    }
                    try await check.expectError(.invalidName(name)) { () throws(MessageLogError) in
                        try await log.record(progress: [:], of: name, in: check.topic)
                    }
                }
                _ = try await log.append(check.records(["a"]), to: "0-a_" + String(repeating: "z", count: 60))
            }
        }
    ]

    /// A record that fills a quarter of the largest segment.
    private static func big(_ number: Int) -> Record {
        Record(value: Array(repeating: UInt8(truncatingIfNeeded: number), count: 1000), timestamp: 1)
    }

    private static func fill(_ log: any MessageLog, _ check: Conformance, firstSequence: UInt64? = nil) async throws {
        for number in 0..<100 {
            _ = try await log.append(
                [big(number)],
                to: check.topic,
                sequence: firstSequence.map { $0 + UInt64(number) }
            )
        }
    }

    /// Expects that the beginning is gone and everything else is there.
    private static func expectRemoved(_ log: any MessageLog, _ check: Conformance, _ partition: Partition) async throws
    {
        let found = try await log.partitions(of: check.topic).first
        try check.expect(found != nil, "the partition is gone.")
        guard let status = found else { return }
        try check.expect(status.first > 50 && status.first < 100, "the first record is \(status.first) now.")
        try await check.expectError(.offsetGone(first: status.first)) { () throws(MessageLogError) in
            _ = try await log.read(partition, from: 0, maxRecords: 1, maxBytes: 1)
        }
        let rest = try await log.read(partition, from: status.first, maxRecords: 1000, maxBytes: .max)
        try check.expectEqual(rest.map(\.offset), Array(status.first..<100))
    }
}
