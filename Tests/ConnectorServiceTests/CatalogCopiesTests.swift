import ConnectorKit
import Events
import Testing

@testable import ConnectorService

/// What is read again, or received as well as read, is told by its id, and that within the hour of its own time.
@Suite("What a connector of the catalog meets again")
struct CatalogCopiesTests {
    private func batch(
        _ type: String,
        _ settings: [String: JSONValue],
        _ body: String,
        headers: [String: String] = [:]
    ) throws -> SourceBatch {
        let made = try Catalog.builtIn(manifests: ManifestFolders()).source(name: "shop", type: type, values: settings)
        let source = try #require(made as? DeclarativeSource)
        let request = ReceivedRequest(
            headers: headers,
            body: Array(body.utf8),
            now: Timestamp(microseconds: 1_795_824_000_000_000)
        )
        guard case .batch(let batch, _) = try source.receive(try source.signed(request)) else { return SourceBatch() }
        return batch
    }

    private let shop: [String: JSONValue] = [
        "url": "https://shop.example.com", "consumerKey": "ck", "consumerSecret": "cs", "webhookSecret": "w00",
    ]

    private func order(changed: String) throws -> [SourceEvent] {
        try batch(
            "woocommerce",
            shop,
            """
            {"id":501,"status":"cancelled","customer_id":9,"date_created_gmt":"2026-11-20T08:00:00",\
            "date_modified_gmt":"\(changed)","line_items":[],"refunds":[{"id":503,"total":"-2.10"}]}
            """,
            headers: ["x-wc-webhook-topic": "order.updated"]
        ).events
    }

    @Test("is no other customer that WooCommerce tells of in the same second, with the same delivery id")
    func deliveries() throws {
        func request(_ customer: Int) throws -> String {
            let headers = ["x-wc-webhook-topic": "customer.deleted", "x-wc-webhook-delivery-id": "4f1d"]
            return try #require(try batch("woocommerce", shop, #"{"id":\#(customer)}"#, headers: headers).requestID)
        }
        #expect(try request(9) == request(9))
        #expect(try request(9) != request(10))
    }

    @Test("is what became of an order, however often the order changes")
    func orders() throws {
        let (first, again) = (try order(changed: "2026-11-26T10:00:00"), try order(changed: "2026-11-27T12:00:00"))
        #expect(first.map(\.name) == ["Order Refunded", "Order Cancelled"])
        #expect(again.map(\.messageID) == first.map(\.messageID))
        #expect(again.map(\.originalTimestamp) == first.map(\.originalTimestamp))
        #expect(first.allSatisfy { $0.timestamp == Timestamp("2026-11-26T10:00:00Z") })
        #expect(again.allSatisfy { $0.timestamp == Timestamp("2026-11-27T12:00:00Z") })
    }

    @Test("is a payment that took days, listed with the time at which it was begun and reported with that of its end")
    func payments() throws {
        func change(_ envelope: String) throws -> SourceEvent {
            let charge =
                #"{"id":"ch_1","object":"charge","customer":"cus_1","created":1795046400,"amount":100,"currency":"eur"}"#
            let found = try batch(
                "stripe",
                ["apiKey": "sk", "webhookSecret": "whsec_1"],
                #"{"type":"charge.succeeded",\#(envelope),"data":{"object":\#(charge)}}"#
            )
            return try #require(found.events.first)
        }
        let (listed, reported) = (
            try change(#""created":1795046400"#), try change(#""id":"evt_1","created":1795392000"#)
        )
        #expect(reported.name == "Payment Succeeded")
        #expect(reported.messageID == listed.messageID)
        #expect(reported.originalTimestamp == listed.originalTimestamp)
        #expect(reported.timestamp != listed.timestamp)
    }
}
