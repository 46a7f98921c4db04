import ArgumentParser
import ServiceKit
import Testing

@Suite("A quantity in the configuration")
struct QuantityTests {
    @Test("reads periods", arguments: [("90s", 90), ("15m", 900), ("24h", 86_400), ("7d", 604_800), ("2w", 1_209_600)])
    func periods(text: String, seconds: Int64) {
        #expect(Period(text)?.seconds == seconds)
    }

    @Test("refuses what is no period", arguments: ["", "5", "h", "-1h", "0d", "1.5h", "99999999999d", "5 h"])
    func noPeriods(text: String) {
        #expect(Period(text) == nil)
    }

    @Test("writes periods", arguments: [("90s", "90s"), ("120s", "2m"), ("36h", "36h"), ("48h", "2d"), ("2w", "14d")])
    func writtenPeriods(text: String, written: String) {
        #expect(Period(text)?.description == written)
    }

    @Test(
        "reads amounts of storage",
        arguments: [
            ("1B", 1), ("12KB", 12_000), ("64KiB", 65_536), ("500mb", 500_000_000), ("10GB", 10_000_000_000),
            ("1GiB", 1_073_741_824), ("2TB", 2_000_000_000_000), ("1tib", 1 << 40),
        ]
    )
    func sizes(text: String, bytes: Int) {
        #expect(ByteCount(text)?.bytes == bytes)
    }

    @Test(
        "refuses what is no amount of storage",
        arguments: ["", "10", "GB", "0GB", "-1GB", "1.5GB", "10 GB", "10GBit", "99999999999999999999B", "99999999TB"]
    )
    func noSizes(text: String) {
        #expect(ByteCount(text) == nil)
    }

    @Test(
        "writes amounts of storage",
        arguments: [("64MiB", "64MiB"), ("1024KiB", "1MiB"), ("10000MB", "10GB"), ("1001B", "1001B")]
    )
    func writtenSizes(text: String, written: String) {
        #expect(ByteCount(text)?.description == written)
    }

    @Test("takes the ports that there are")
    func ports() throws {
        #expect(try ServiceOptions.parse(["--port", "65535"]).port == 65_535)
        for wrong in ["--port=65536", "--port=-1", "--port=70000"] {
            #expect(throws: (any Error).self) { try ServiceOptions.parse([wrong]) }
        }
    }

    @Test("bounds the size of the log's files")
    func segmentSize() throws {
        #expect(try ServiceOptions.parse([]).segmentSize == ByteCount("64MiB"))
        #expect(try ServiceOptions.parse(["--segment-size", "1MiB"]).segmentSize == ByteCount("1MiB"))
        for wrong in ["63KiB", "2GiB", "big"] {
            #expect(throws: (any Error).self) { try ServiceOptions.parse(["--segment-size", wrong]) }
        }
    }
}
