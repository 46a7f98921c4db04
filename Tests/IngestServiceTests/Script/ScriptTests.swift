import Testing

@testable import IngestService

@Suite("The browser script")
struct ScriptTests {
    @Test("is small")
    func small() {
        #expect(Script.compact(kithScript).utf8.count < 6000)
    }

    @Test("is served without comments and indentation")
    func compact() {
        #expect(Script.compact("  a;\n\n    // why\n  b; // c") == "a;\nb; // c")
    }
}
