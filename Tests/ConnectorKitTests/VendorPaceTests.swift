import Curl
import Events
import Testing

@testable import ConnectorKit

@Suite("What a vendor says of the time")
struct VendorPaceTests {
    @Test("counts for where the next run begins, if its clock is behind ours", arguments: dates)
    func clock(date: String, since: Int) async throws {
        let body = #"{"data":[{"id":"a","updated":1764288005}]}"#
        let answer = HTTPResponse(status: 200, headers: [HTTPHeader("Date", date)], body: Array(body.utf8))
        let world = World(.answer(answer))
        let run = await world.run(try world.source(shop))
        #expect(run.states == [#"{"customers":{"since":\#(since)}}"#])
    }

    @Test("holds for its tokens as well, whether they or something else was refused")
    func rest() async throws {
        let token = World(.status(429, retryAfter: "7200"), .token("a1"), .page([]))
        let records = World(.token("a1"), .status(429, retryAfter: "7200"), .token("a2"), .page([]))
        for (world, asked) in [(token, ["/token"]), (records, ["/token", "/customers"])] {
            let source = try world.source(login)
            #expect(await world.run(source).failure?.retryAfter == .seconds(7200))
            // The token of the second has expired by then.
            world.advance(by: .seconds(3600))
            #expect(await world.run(source).failure?.retryAfter == .seconds(3600))
            #expect(world.addresses == asked)
            world.advance(by: .seconds(3600))
            #expect(await world.run(source).failure == nil)
        }
    }
}

/// Our time is 2025-11-28T00:00:00Z, and the record is of five seconds later.
private let dates = [
    ("Thu, 27 Nov 2025 23:59:00 GMT", 1_764_287_940), ("Fri, 28 Nov 2025 00:00:00 GMT", 1_764_288_000),
    ("Fri, 28 Nov 2025 00:01:00 GMT", 1_764_288_000), ("Thu, 01 Jan 1970 00:00:00 GMT", 1_764_288_000),
    ("soon", 1_764_288_000),
]
