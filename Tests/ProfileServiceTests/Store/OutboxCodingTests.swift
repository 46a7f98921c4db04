import MessageLog
import Testing

@testable import ProfileService

@Suite("The outbox's records")
struct OutboxCodingTests {
    private let records = [
        Record(
            key: [1, 2],
            value: Array("{}".utf8),
            headers: [Header(name: "a", value: [9]), Header(name: "", value: [])],
            timestamp: 7
        ),
        Record(value: [], timestamp: .max),
        Record(key: [], value: [UInt8](repeating: 255, count: 70_000), timestamp: -1),
    ]

    @Test("are the same when they are read again, with their headers")
    func sameAgain() {
        #expect(OutboxCoding.decode(OutboxCoding.encode(records)) == records)
        #expect(OutboxCoding.decode(OutboxCoding.encode([])) == [])
    }

    @Test("are read as they were written before they had headers")
    func withoutHeaders() {
        let time: [UInt8] = [0, 0, 0, 0, 0, 0, 1, 2]
        let old = time + [0, 0, 0, 1] + [0, 0, 0, 2] + [7] + [8, 9]
        #expect(
            OutboxCoding.decode(old + old)
                == [Record](repeating: Record(key: [7], value: [8, 9], timestamp: 258), count: 2)
        )
        #expect(OutboxCoding.decode([]) == [])
    }

    @Test("cut off anywhere are no records")
    func cut() {
        let bytes = OutboxCoding.encode([records[0]])
        for count in 2..<bytes.count { #expect(OutboxCoding.decode(Array(bytes.prefix(count))) == nil) }
    }
}
