import ConnectorKit
import Events
import MessageLog
import Testing

@testable import ConnectorService

@Suite("Records of a source")
struct ConfiguredSourceTests {
    private static let day: Int64 = 86_400_000_000
    private let now = Timestamp(microseconds: 1_780_000_000_000_000)

    private func header(at time: Timestamp, own: Timestamp?, received: Timestamp) throws -> EventHeader {
        let entry = Configuration.Entry(name: "orders", type: "csv", values: ["path": "orders.csv"])
        let event = SourceEvent(
            messageID: "o-1",
            type: .track,
            name: "Order Completed",
            timestamp: time,
            originalTimestamp: own,
            body: Array(#"{"userId":"1"}"#.utf8)
        )
        let record = try ConfiguredSource(entry, catalog: .builtIn()).record(of: event, at: received)
        return try EventEnvelope(decoding: record.value).header
    }

    @Test("are of people by a namespace that may be one", arguments: ["crm.contact", "CRM", "crm contact", "a:b", ""])
    func userNamespace(text: String) throws {
        let entry = Configuration.Entry(
            name: "orders",
            type: "csv",
            values: ["path": "orders.csv", "userNamespace": .string(text)]
        )
        if text == "crm.contact" {
            #expect(try ConfiguredSource(entry, catalog: .builtIn()).userNamespace == text)
        } else {
            let error = #expect(throws: ConfigurationError.self) { try ConfiguredSource(entry, catalog: .builtIn()) }
            #expect("\(try #require(error))".contains("The setting “userNamespace” is not one word"))
        }
    }

    @Test("are not asked for without a pause", arguments: ["0", "0s", "0ms"])
    func interval(text: String) throws {
        let entry = Configuration.Entry(
            name: "orders",
            type: "csv",
            values: ["path": "orders.csv", "interval": .string(text)]
        )
        let error = #expect(throws: ConfigurationError.self) { try ConfiguredSource(entry, catalog: .builtIn()) }
        #expect("\(try #require(error))".contains("The setting “interval” is zero"))
    }

    @Test("are of a source whose settings are all named where one is wrong, also those of its destination")
    func unknownSetting() throws {
        var configuration = Configuration()
        let values: [String: JSONValue] = ["apiKey": "k-us6", "audience": "a", "retryFirts": "1s"]
        configuration.connectors = [Configuration.Entry(name: "news", type: "mailchimp", values: values)]
        let (entries, catalog) = (configuration, Catalog.builtIn(manifests: ManifestFolders()))
        let error = #expect(throws: ConfigurationError.self) { try entries.configured(by: catalog) }
        let text = "\(try #require(error))"
        #expect(text.contains("There is no setting “retryFirts”"))
        for name in ["audience", "userNamespace", "historical", "retryFirst", "concurrency"] {
            #expect(text.contains(", \(name)"), "\(text)")
        }
    }

    @Test("keep what copies are told by, whenever they are read again", arguments: [1, 8, 400] as [Int64])
    func keepsOwnTime(days: Int64) throws {
        let own = Timestamp(microseconds: now.microseconds - 1)
        let first = try header(at: own, own: own, received: now)
        let again = try header(at: own, own: own, received: Timestamp(microseconds: now.microseconds + days * Self.day))
        #expect(first.originalTimestamp == own)
        #expect([first.source, first.messageID] == [again.source, again.messageID])
        #expect(again.originalTimestamp == own && again.timestamp == own)
    }

    @Test("have no time of their own where it was only assumed, and none from the future or from before 1970")
    func assumedTime() throws {
        let future = Timestamp(microseconds: now.microseconds + Self.day)
        let assumed = try header(at: future, own: nil, received: now)
        #expect(assumed.originalTimestamp == nil && assumed.timestamp == now)
        let early = try header(at: future, own: future, received: now)
        #expect(early.originalTimestamp == future && early.timestamp == now)
        let unknown = Timestamp(microseconds: -3_000_000_000_000_000)
        let late = try header(at: unknown, own: unknown, received: now)
        #expect(late.originalTimestamp == unknown && late.timestamp == Timestamp(microseconds: 0))
    }
}
