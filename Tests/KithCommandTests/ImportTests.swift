import Events
import Testing

@testable import KithCommand

@Suite("An import on the command line")
struct ImportTests {
    private func progress(_ state: String, records: Int, rejected: Int = 0) throws -> ImportRun.Progress {
        let json = #"{"state":"\#(state)","records":\#(records),"rejected":\#(rejected)}"#
        return ImportRun.Progress(json: try JSONDocument(Array(json.utf8)).root)
    }

    @Test(
        "is a repetition only if it ended well and all was read before",
        arguments: [("done", 5, 5, true), ("done", 5, 8, false), ("done", 0, 0, false), ("failed", 5, 5, false)]
    )
    func repeated(state: String, before: Int, after: Int, isRepeated: Bool) throws {
        var progress = try progress(state, records: after)
        progress.compare(with: try self.progress("running", records: before))
        #expect(progress.isRepeated == isRepeated)
    }

    @Test("has no name of its own where the file's has nothing that a source may be called")
    func nameless() {
        #expect(Import.name(of: "/home/주문.csv") == nil)
        #expect(Import.name(of: "주문 2026.csv") == "---2026")
    }
}
