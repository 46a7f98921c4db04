import Events
import Testing

@testable import ProfileService

@Suite("How a rebuild stands")
struct RebuildStatusTests {
    @Test(
        "has examples for an hour, and not while the clock is behind its end",
        arguments: [(0, true), (3600, true), (3601, false), (-1, false), (-7200, false)] as [(Int64, Bool)]
    )
    func examples(seconds: Int64, areThere: Bool) {
        let end: Int64 = 1_800_000_000_000_000
        var status = RebuildStatus()
        status.state = .done
        status.finishedAt = Timestamp(microseconds: end)
        status.report = RebuildReport(examples: [.removed: [RebuildReport.Example(before: [], after: [])]])
        status.concealExamples(at: Timestamp(microseconds: end + seconds * 1_000_000), lastForgetting: nil)
        #expect(status.report?.examples.isEmpty == !areThere)
        // Once they are gone they do not come back.
        status.concealExamples(at: Timestamp(microseconds: end), lastForgetting: nil)
        #expect(status.report?.examples.isEmpty == !areThere)
    }
}
