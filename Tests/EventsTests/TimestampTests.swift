import Events
import Testing

@Suite("A timestamp")
struct TimestampTests {
    @Test(
        "reads every form that clients send",
        arguments: [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01", 0),
            ("1970-01-02", 86_400_000_000),
            ("2026-01-15T09:23:11.512169+00:00", 1_768_468_991_512_169),
            ("2026-01-15T09:23:11.512Z", 1_768_468_991_512_000),
            ("2026-01-15t09:23:11.512z", 1_768_468_991_512_000),
            ("2026-01-15 09:23:11.512Z", 1_768_468_991_512_000),
            ("2026-01-15T18:23:11.5+09:00", 1_768_468_991_500_000),
            ("2026-01-15T18:23:11.5+0900", 1_768_468_991_500_000),
            ("2026-01-14T23:53:11-09:30", 1_768_468_991_000_000),
            ("2026-01-15T09:23:11.123456789Z", 1_768_468_991_123_456),
            ("2026-01-15T09:23:11.999999999Z", 1_768_468_991_999_999),
            ("2026-01-15T09:23:11.0Z", 1_768_468_991_000_000),
            ("1969-12-31T23:59:59.999999Z", -1),
            ("2000-02-29T00:00:00Z", 951_782_400_000_000),
            ("2016-12-31T23:59:60Z", 1_483_228_799_999_999),
            ("2016-12-31T23:59:60.5Z", 1_483_228_799_999_999),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000_000),
            ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
        ]
    )
    func reads(text: String, microseconds: Int64) {
        #expect(Timestamp(text) == Timestamp(microseconds: microseconds))
    }

    @Test(
        "refuses what is no time, or not a certain one",
        arguments: [
            "", "now", "2026", "2026-01", "2026-1-1", "2026-00-01", "2026-13-01", "2026-01-00", "2026-01-32",
            "2026-02-29",
            "1900-02-29", "2026-04-31", "0000-01-01", "20260115", "2026-01-15T", "2026-01-15T09", "2026-01-15T09:23Z",
            "2026-01-15T09:23:11", "2026-01-15T24:00:00Z", "2026-01-15T09:60:00Z", "2026-01-15T09:23:61Z",
            "2026-01-15T09:23:11.Z",
            "2026-01-15T09:23:11.1234567890Z", "2026-01-15T09:23:11,5Z", "2026-01-15T09:23:11+9:00",
            "2026-01-15T09:23:11+09",
            "2026-01-15T09:23:11+24:00", "2026-01-15T09:23:11+00:60", "2026-01-15T09:23:11ZZ", "2026-01-15T09:23:11Z ",
            " 2026-01-15T09:23:11Z", "2026-01-15X09:23:11Z", "-026-01-15", "２０２６-01-15", "0001-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01", "1700000000",
        ]
    )
    func refuses(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test(
        "writes microseconds only where they are needed",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_768_468_991_512_000, "2026-01-15T09:23:11.512Z"),
            (1_768_468_991_512_169, "2026-01-15T09:23:11.512169Z"), (-1, "1969-12-31T23:59:59.999999Z"),
            (-62_135_596_800_000_000, "0001-01-01T00:00:00.000Z"),
        ] as [(Int64, String)]
    )
    func writes(microseconds: Int64, text: String) {
        #expect(Timestamp(microseconds: microseconds).description == text)
    }

    @Test("writes a time beyond the calendar as the nearest one inside")
    func clamps() {
        #expect(Timestamp(microseconds: .min).description == "0001-01-01T00:00:00.000Z")
        #expect(Timestamp(microseconds: .max).description == "9999-12-31T23:59:59.999999Z")
    }

    @Test(
        "reads back every day as it was written",
        arguments: [("0001-01-01", "9999-12-31", 37), ("1895-01-01", "2105-01-01", 1)] as [(String, String, Int64)]
    )
    func everyDay(first: String, last: String, step: Int64) throws {
        var day = try #require(Timestamp(first)).microseconds
        let end = try #require(Timestamp(last)).microseconds
        var previous = ""
        while day <= end {
            let time = Timestamp(microseconds: day + 3_723_000_001)
            let text = time.description
            try #require(Timestamp(text) == time && text > previous, "\(day) is written as \(text) after \(previous).")
            previous = text
            day += step * 86_400_000_000
        }
    }

    @Test("has an order")
    func order() {
        #expect(Timestamp(microseconds: -1) < Timestamp(microseconds: 0))
    }
}
