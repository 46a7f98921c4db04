import Events
import Testing

@testable import ConnectorKit

@Suite("What is suggested for a tap's stream")
struct SingerSuggestionTests {
    private func suggestion(_ stream: String, _ fields: [String], keys: [String] = []) -> SingerSuggestion? {
        SingerSuggestion(stream: stream, fields: fields, keys: keys, vendor: "crm")
    }

    @Test("identifies people by what can tell who they are")
    func people() throws {
        let found = try #require(suggestion("contacts", ["id", "Email", "phone", "first_name", "city"], keys: ["id"]))
        #expect(
            found.events
                == #"identify({email: .Email, phone: .phone, "crm.contact": .id}; {firstName: .first_name, city})"#
        )
        #expect(found.deleted == #"track("Contact Deleted"; {"crm.contact": .id}; {})"#)
    }

    @Test("tells of what belongs to somebody")
    func things() throws {
        let found = try #require(suggestion("public-order_lines", ["id", "customer_id", "total"]))
        #expect(found.events == #"track("Order Line Updated"; {"crm.customer": .customer_id}; .)"#)
        #expect(found.deleted == nil)
    }

    @Test("is nothing for what belongs to nobody", arguments: [["id", "name"], [], ["total"]])
    func nobody(fields: [String]) { #expect(suggestion("tags", fields) == nil) }

    @Test(
        "can be compiled, however members are called",
        arguments: [["email", "E-mail Address", "id"], ["e_mail", "Full Name"], ["mail", "full_name", "ID"]]
    )
    func compiled(fields: [String]) throws {
        let found = try #require(suggestion("people", fields))
        _ = try SingerMapping(.string(found.events), stream: "people", source: "crm")
    }
}
