import MessageLog

extension MessageLogConformance {
    static let appendChecks = [
        Check(description: "gives consecutive offsets from zero") { check in
            try await check.withLog { log, _ in
                try check.expectEqual(try await log.append(check.records(["a", "b"]), to: check.topic), .at(0))
                try check.expectEqual(try await log.append(check.records(["c"]), to: check.topic), .at(2))
            }
        },
        Check(description: "gives back every byte of a record") { check in
            let record = Record(
                key: [0, 255, 10],
                value: Array(0...255) + Array(repeating: 7, count: 70_000),
                headers: [Header(name: "ü", value: [0]), Header(name: "", value: []), Header(name: "ü", value: [1])],
                timestamp: .min
            )
            let empty = Record(value: [], timestamp: .max)
            try await check.withLog { log, partition in
                _ = try await log.append([record, empty, record], to: check.topic)
                let stored = try await log.read(partition, from: 0, maxRecords: 10, maxBytes: .max)
                try check.expect(stored.map(\.record) == [record, empty, record], "the records differ.")
                try check.expectEqual(stored.map(\.offset), [0, 1, 2])
            }
        },
        Check(description: "writes nothing for an empty append") { check in
            try await check.withLog { log, _ in
                _ = try await log.append(check.records(["a"]), to: check.topic, sequence: 1)
                try check.expectEqual(try await log.append([], to: check.topic, sequence: 2), .at(1))
                try check.expectEqual(try await log.lastSequence(of: check.topic), 1)
            }
        },
        Check(description: "keeps appends whole and in order when many are made at once") { check in
            try await check.withLog { log, partition in
                try await withThrowingTaskGroup { group in
                    for writer in 0..<8 {
                        group.addTask {
                            for number in 0..<25 {
                                let texts = (0..<3).map { "\(writer) \(number) \($0)" }
                                _ = try await log.append(check.records(texts), to: check.topic)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                let stored = try await log.read(partition, from: 0, maxRecords: 1000, maxBytes: .max)
                try check.expectEqual(stored.map(\.offset), Array(0..<600))
                let found = check.values(stored)
                for writer in 0..<8 {
                    let expected = (0..<25).flatMap { number in (0..<3).map { "\(writer) \(number) \($0)" } }
                    try check.expectEqual(found.filter { $0.hasPrefix("\(writer) ") }, expected)
                }
                for start in stride(from: 0, to: 600, by: 3) {
                    try check.expect(found[start].hasSuffix(" 0"), "an append was split at \(start).")
                }
            }
        },
        Check(description: "goes on where it was closed") { check in
            try await check.withLog { log, _ in _ = try await log.append(check.records(["a"]), to: check.topic) }
            try await check.withLog { log, partition in
                try check.expectEqual(try await log.append(check.records(["b"]), to: check.topic), .at(1))
                let stored = try await log.read(partition, from: 0, maxRecords: 10, maxBytes: .max)
                try check.expectEqual(check.values(stored), ["a", "b"])
            }
        },
        Check(description: "refuses everything once it is closed") { check in
            let log = try await check.open("a")
            _ = try await log.append(check.records(["a"]), to: check.topic)
            await log.close()
            try await check.expectError(.closed) { () throws(MessageLogError) in
                _ = try await log.append(check.records(["b"]), to: check.topic)
            }
            try await log.failure()
        },
        Check(description: "refuses appends when it was opened for reading") { check in
            try await check.withLog(nil) { log, _ in
                try await check.expectError(.readOnly) { () throws(MessageLogError) in
                    _ = try await log.append(check.records(["a"]), to: check.topic)
                }
            }
        },
    ]

    static let readChecks = [
        Check(description: "reads from any offset and never more than asked for") { check in
            try await check.withLog { log, partition in
                for start in stride(from: 0, to: 100, by: 5) {
                    _ = try await log.append(check.records((start..<start + 5).map(String.init)), to: check.topic)
                }
                for offset in 0..<100 {
                    let stored = try await log.read(partition, from: Offset(offset), maxRecords: 7, maxBytes: .max)
                    try check.expectEqual(check.values(stored), (offset..<min(offset + 7, 100)).map(String.init))
                }
                let none = try await log.read(partition, from: 3, maxRecords: 0, maxBytes: .max)
                try check.expectEqual(none.count, 0)
            }
        },
        Check(description: "reads as many bytes as asked for but at least one record") { check in
            try await check.withLog { log, partition in
                _ = try await log.append(check.records(["aaaa", "bbbb", "cccc"]), to: check.topic)
                for (bytes, count) in [(1, 1), (10, 2), (14, 2), (15, 3)] {
                    let stored = try await log.read(partition, from: 0, maxRecords: 10, maxBytes: bytes)
                    try check.expectEqual(stored.count, count)
                }
            }
        },
        Check(description: "reads nothing at the head and refuses what is beyond") { check in
            try await check.withLog { log, partition in
                _ = try await log.append(check.records(["a"]), to: check.topic)
                let stored = try await log.read(partition, from: 1, maxRecords: 10, maxBytes: .max)
                try check.expectEqual(stored.count, 0)
                try await check.expectError(.offsetAhead(head: 1)) { () throws(MessageLogError) in
                    _ = try await log.read(partition, from: 2, maxRecords: 10, maxBytes: .max)
                }
            }
        },
        Check(description: "says so when there is no such partition or topic") { check in
            try await check.withLog { log, _ in
                let nobody = Partition(topic: check.topic, name: "nobody")
                try check.expectEqual(try await log.partitions(of: check.topic), [])
                try await check.expectError(.noSuchPartition(nobody)) { () throws(MessageLogError) in
                    _ = try await log.read(nobody, from: 0, maxRecords: 1, maxBytes: 1)
                }
            }
        },
        Check(description: "lists the partitions of all producers with their heads") { check in
            try await check.withLog("b") { log, _ in _ = try await log.append(check.records(["x"]), to: check.topic) }
            try await check.withLog("a") { log, _ in
                _ = try await log.append(check.records(["y", "z"]), to: check.topic)
                let statuses = try await log.partitions(of: check.topic)
                try check.expectEqual(statuses.map(\.partition.name), ["a", "b"])
                try check.expectEqual(statuses.map(\.head), [2, 1])
                try check.expectEqual(statuses.map(\.first), [0, 0])
                try check.expect(statuses.allSatisfy { $0.bytes > 0 }, "a partition takes no bytes.")
                try check.expect(statuses[0].epoch != statuses[1].epoch, "two partitions share an epoch.")
            }
        },
    ]

    static let sequenceChecks = [
        Check(description: "stores a sequence once, also after it was closed") { check in
            try await check.withLog { log, _ in
                try check.expectEqual(try await log.lastSequence(of: check.topic), 0)
                try check.expectEqual(try await log.append(check.records(["a"]), to: check.topic, sequence: 5), .at(0))
                try check.expectEqual(
                    try await log.append(check.records(["a"]), to: check.topic, sequence: 5),
                    .duplicate
                )
                try check.expectEqual(
                    try await log.append(check.records(["b"]), to: check.topic, sequence: 4),
                    .duplicate
                )
                try check.expectEqual(try await log.append(check.records(["c"]), to: check.topic), .at(1))
            }
            try await check.withLog { log, partition in
                try check.expectEqual(try await log.lastSequence(of: check.topic), 5)
                try check.expectEqual(
                    try await log.append(check.records(["a"]), to: check.topic, sequence: 5),
                    .duplicate
                )
                try check.expectEqual(try await log.append(check.records(["d"]), to: check.topic, sequence: 7), .at(2))
                let stored = try await log.read(partition, from: 0, maxRecords: 10, maxBytes: .max)
                try check.expectEqual(check.values(stored), ["a", "c", "d"])
            }
        },
        Check(description: "stores a sequence once when it comes twice at the same time") { check in
            try await check.withLog { log, partition in
                let stored = try await withThrowingTaskGroup(of: Appended.self) { group in
                    for _ in 0..<16 {
                        group.addTask { try await log.append(check.records(["a"]), to: check.topic, sequence: 1) }
                    }
                    return try await group.reduce(into: 0) { count, result in count += result == .at(0) ? 1 : 0 }
                }
                try check.expectEqual(stored, 1)
                let records = try await log.read(partition, from: 0, maxRecords: 10, maxBytes: .max)
                try check.expectEqual(records.count, 1)
            }
        },
    ]

    static let newsChecks = [
        Check(description: "brings news at once, and of every producer's appends") { check in
            let reader = try await check.open(nil)
            let seen = Task {
                var head: Offset = 0
                for await _ in reader.news(of: [check.topic, "another"]) {
                    head = try await reader.partitions(of: check.topic).map(\.head).reduce(0, +)
                    if head == 20 { return head }
                }
                return head
            }
            for number in 0..<20 {
                try await check.withLog(number % 2 == 0 ? "a" : "b") { log, _ in
                    _ = try await log.append(check.records(["\(number)"]), to: check.topic)
                }
            }
            try check.expectEqual(try await seen.value, 20)
            await reader.close()
        }
    ]
}
