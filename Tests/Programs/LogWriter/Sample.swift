import MessageLog

/// Records whose every byte follows from their append's sequence, so that a reader can tell a wrong one.
enum Sample {
    /// The records of the append with this sequence.
    static func records(sequence: UInt64, count: Int, bytes: Int) -> [Record] {
        (0..<count).map { index in
            Record(
                key: Array("key-\(sequence)".utf8),
                value: value(sequence: sequence, index: index, bytes: bytes),
                headers: [Header(name: "part", value: Array("\(index)/\(count)".utf8))],
                timestamp: Int64(sequence)
            )
        }
    }

    /// What a record says it is.
    struct Place {
        var sequence: UInt64
        var index: Int
        var count: Int
    }

    /// The record with a value of so many bytes; without any, nothing is left but which part it is.
    static func rewritten(_ record: Record, bytes: Int) -> Record? {
        guard let place = check(record) else { return nil }
        guard bytes > 0 else { return Record(value: [], headers: record.headers, timestamp: record.timestamp) }
        return records(sequence: place.sequence, count: place.count, bytes: bytes)[place.index]
    }

    /// The sequence, part and number of parts that a record says it is, if all of its bytes agree.
    static func check(_ record: Record) -> Place? {
        guard let header = record.headers.first, record.headers.count == 1 else { return nil }
        let parts = String(decoding: header.value, as: UTF8.self).split(separator: "/").compactMap { Int($0) }
        guard parts.count == 2, record.timestamp > 0 else { return nil }
        let sequence = UInt64(record.timestamp)
        let expected = value(sequence: sequence, index: parts[0], bytes: record.value.count)
        let isEmptied = record.key.isEmpty && record.value.isEmpty
        guard isEmptied || record.key == Array("key-\(sequence)".utf8), record.value == expected else { return nil }
        return Place(sequence: sequence, index: parts[0], count: parts[1])
    }

    private static func value(sequence: UInt64, index: Int, bytes: Int) -> [UInt8] {
        var state = sequence &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(index)
        return (0..<bytes).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
    }
}
