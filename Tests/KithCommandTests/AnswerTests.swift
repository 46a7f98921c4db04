import ArgumentParser
import Events
import Testing

@testable import KithCommand

@Suite("What others have written, in a terminal")
struct AnswerTests {
    @Test("moves no cursor in the receipt of an erasure")
    func receipt() throws {
        let json = #"{"id":"era_1","state":"done","author":"eve\u001b[2J","reason":"asked\u001b[31m"}"#
        let page = ReceiptPage(receipt: try JSONDocument(Array(json.utf8)).root).rendered(on: .output)
        #expect(page.contains("by eve\u{FFFD}[2J") && page.contains("asked\u{FFFD}[31m"))
    }

    @Test("moves no cursor in what a vendor answers to a check")
    func check() throws {
        let json = #"{"stream":"orders","status":"failed","kind":"login","message":"no\u001b[2J"}"#
        let line = Connector.Check.line(on: try JSONDocument(Array(json.utf8)).root)
        #expect(line == "FAIL  orders: login: no\u{FFFD}[2J")
    }

    @Test("is asked for by the whole name of a source, whatever is in it")
    func source() throws {
        #expect(try SourceOptions.parse(["no such/../one?"]).path("run") == "/v1/sources/no%20such%2F..%2Fone%3F/run")
    }
}
