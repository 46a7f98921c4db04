import Testing

@testable import IngestService

@Suite("A receipt")
struct ReceiptTests {
    private func receipt(keepsIDs: Bool = false) -> Receipt {
        var receipt = Receipt(keepsIDs: keepsIDs)
        receipt.accept(0, messageID: "a", warnings: [])
        receipt.accept(1, messageID: "b", warnings: [Warning(.largeEvent, "Large.")])
        receipt.reject(2, messageID: "c", Refusal(.missingID, "Nobody."))
        return receipt
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test("has the shape that each family's clients expect")
    func shapes() {
        let rest = """
            "accepted":2,"rejected":[{"index":2,"messageId":"c","code":"missing_id","message":"Nobody."}],\
            "warnings":[{"index":1,"messageId":"b","code":"large_event","message":"Large."}]}
            """
        #expect(text(receipt().segmentBody) == #"{"success":true,"# + rest)
        #expect(text(receipt().posthogBody) == #"{"status":1,"# + rest)
    }

    @Test("says by message id what to do, for clients that send again only what must be")
    func results() {
        let body = text(receipt(keepsIDs: true).resultsBody)
        let results = """
            "results":{"a":{"result":"ok"},"b":{"result":"warning","details":"Large."},\
            "c":{"result":"drop","details":"Nobody."}}
            """
        #expect(body.contains(results))
    }

    @Test("counts all but names only so many")
    func bounded() {
        var receipt = Receipt(keepsIDs: false)
        for index in 0..<5000 { receipt.reject(index, messageID: nil, Refusal(.missingID, "Nobody.")) }
        #expect(receipt.rejected.count == Receipt.noteLimit)
        #expect(text(receipt.segmentBody).contains(#""rejectedCount":5000"#))
    }
}
