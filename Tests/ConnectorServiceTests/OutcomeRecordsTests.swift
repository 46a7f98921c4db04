import Events
import MessageLog
import Testing
import Topics

@testable import ConnectorService

@Suite("What is published of a delivery")
struct OutcomeRecordsTests {
    private let time = Timestamp(microseconds: 1_767_225_600_000_000)

    private func properties(after earlier: [String]) throws -> JSONValue? {
        let command = Command(
            id: "c1",
            destination: "crm",
            rule: "noted",
            earlierRules: earlier,
            identifier: Identifier("email", "ann@example.com"),
            causedBy: "m1",
            payload: [:],
            createdAt: time,
            notAfter: time
        )
        let records = OutcomeRecords.delivered(Delivery(command: command, attempt: 1), detail: "200", at: time)
        let event = try EventEnvelope(decoding: try #require(records.first).record.value).event
        return event["properties"]?.value
    }

    @Test("names the rules that led to it")
    func namesRules() throws {
        let properties = try #require(try properties(after: ["thanks", "told"]))
        #expect(properties["rule"] == "noted")
        #expect(properties["earlierRules"] == ["thanks", "told"])
        #expect(try self.properties(after: [])?["earlierRules"] == nil)
    }
}
