import Events
import HTTPTypes
import MessageLog
import Store
import Testing
import Topics

@testable import ProfileService

@Suite("The API's description", .serialized)
struct APIDescriptionTests {
    @Test("is JSON, names every operation, and refers to nothing that it does not have")
    func document() throws {
        let bench = try Bench()
        let endpoints = bench.api.described(bench.api.endpoints)
        let bytes = OpenAPIDocument.bytes(describing: endpoints)
        let document = try JSONValue(parsing: bytes)
        for endpoint in endpoints {
            #expect(
                document["paths"]?[endpoint.path]?[endpoint.method.rawValue.lowercased()] != nil,
                "\(endpoint.name)"
            )
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let references = text.split(separator: "\"$ref\":\"#/components/schemas/").dropFirst()
        for name in references.compactMap({ $0.split(separator: "\"").first }) {
            #expect(document["components"]?["schemas"]?[String(name)] != nil, "\(name)")
        }
    }

    @Test("is handed to anyone, with a key or without")
    func isOpen() async throws {
        let bench = try Bench()
        let answer = try await bench.call(.get, "/openapi.json", as: nil)
        #expect(answer.status == 200)
        #expect(answer.json["openapi"] == "3.1.0")
    }
}
