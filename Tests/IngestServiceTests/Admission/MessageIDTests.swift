import Testing

@testable import IngestService

@Suite("A message id")
struct MessageIDTests {
    @Test("that is made up is a random UUID")
    func generated() {
        let ids = (0..<100).map { _ in MessageID.generate() }
        #expect(Set(ids).count == 100)
        #expect(ids.allSatisfy(MessageID.isUUID))
        #expect(ids.allSatisfy { Array($0)[14] == "4" && "89ab".contains(Array($0)[19]) })
    }

    @Test(
        "is told from other texts",
        arguments: ["", "x", "0b0b5d0c-6d20-4f5e-9c2e-0d5d8f3f1b1", "0b0b5d0c06d20-4f5e-9c2e-0d5d8f3f1b1z"]
    )
    func others(text: String) {
        #expect(!MessageID.isUUID(text))
    }
}
