import Store
import Testing

@Suite("The copy of a store")
struct StoreCopyTests {
    @Test("is not of one that is not there, for which an empty one would be taken")
    func missing() {
        let path = "/nowhere/connector.sqlite"
        #expect(throws: StoreError.unusable(path: path, reason: "it is not there")) {
            try StoreCopy.run(file: path, to: "host=/nowhere", schema: "kith_copied", migrations: []) { _, _ in }
        }
    }
}
