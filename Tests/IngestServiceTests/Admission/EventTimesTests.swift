import Events
import Testing

@testable import IngestService

@Suite("An event's times")
struct EventTimesTests {
    private func decide(
        _ original: String?,
        sentAt: String?,
        corrected: Bool = true
    ) -> (times: EventTimes, warnings: [Warning.Code]) {
        var warnings: [Warning] = []
        let times = EventTimes(
            original: original.flatMap { Timestamp($0) },
            sentAt: sentAt.flatMap { Timestamp($0) },
            receivedAt: noon,
            corrected: corrected,
            warnings: &warnings
        )
        return (times, warnings.map(\.code))
    }

    @Test("are its arrival when it has none")
    func none() {
        #expect(decide(nil, sentAt: nil).times == EventTimes(receivedAt: noon))
    }

    @Test(
        "are corrected by what the sender's clock is off",
        arguments: [
            // An hour slow, an hour fast, a wrong time zone, five days.
            ("2026-01-01T10:59:00Z", "2026-01-01T11:00:00Z", "2026-01-01T11:59:00Z"),
            ("2026-01-01T12:59:00Z", "2026-01-01T13:00:00Z", "2026-01-01T11:59:00Z"),
            ("2026-01-01T20:50:00Z", "2026-01-01T21:00:00Z", "2026-01-01T11:50:00Z"),
            ("2025-12-27T11:00:00Z", "2025-12-27T12:00:00Z", "2026-01-01T11:00:00Z"),
            // An old event, sent now with a good clock, stays old.
            ("2020-01-01T00:00:00Z", "2026-01-01T12:00:00Z", "2020-01-01T00:00:00Z"),
        ]
    )
    func corrected(original: String, sentAt: String, expected: String) {
        let (times, warnings) = decide(original, sentAt: sentAt)
        #expect(times.timestamp == Timestamp(expected))
        #expect(times.original == Timestamp(original))
        #expect(times.sentAt == Timestamp(sentAt))
        #expect(times.receivedAt == noon)
        #expect(warnings.isEmpty)
    }

    @Test("are left alone when the difference is only the network's")
    func network() {
        let (times, _) = decide("2026-01-01T11:59:59.000Z", sentAt: "2026-01-01T11:59:59.200Z")
        #expect(times.timestamp == Timestamp("2026-01-01T11:59:59.000Z"))
    }

    @Test("are not corrected by a clock that cannot be one")
    func stored() {
        let (times, warnings) = decide("2025-06-01T00:00:00Z", sentAt: "2025-06-01T00:00:10Z")
        #expect(times.timestamp == Timestamp("2025-06-01T00:00:00Z"))
        #expect(warnings == [.ignoredSkew])
    }

    @Test("are not corrected when the sender says so")
    func uncorrected() {
        let (times, _) = decide("2026-01-01T10:00:00Z", sentAt: "2026-01-01T11:00:00Z", corrected: false)
        #expect(times.timestamp == Timestamp("2026-01-01T10:00:00Z"))
    }

    @Test(
        "are its arrival when they are absurd",
        arguments: [
            "1969-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
            "2026-01-01T14:00:01Z",
        ]
    )
    func absurd(original: String) {
        let (times, warnings) = decide(original, sentAt: nil)
        #expect(times.timestamp == noon)
        #expect(times.original == Timestamp(original))
        #expect(warnings == [.implausibleTime])
    }

    @Test(
        "are read in the ways clients write them",
        arguments: [
            ("\"2026-01-01T10:00:00.123456+00:00\"", "2026-01-01T10:00:00.123456Z"),
            ("\"2026-01-01T10:00:00\"", "2026-01-01T10:00:00Z"), ("1767261600000", "2026-01-01T10:00:00Z"),
            ("1767261600", "2026-01-01T10:00:00Z"), ("1767261600.5", "2026-01-01T10:00:00.500Z"),
        ]
    )
    func lenient(written: String, expected: String) throws {
        #expect(try JSONDocument(Array(written.utf8)).root.lenientTime == Timestamp(expected))
    }

    @Test("are none when they cannot be read", arguments: ["\"yesterday\"", "1e300", "{}", "true", "\"\""])
    func unreadable(written: String) throws {
        #expect(try JSONDocument(Array(written.utf8)).root.lenientTime == nil)
    }
}
