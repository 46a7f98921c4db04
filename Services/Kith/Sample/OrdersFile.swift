import Events

/// The web shop's orders, one JSON object on each line: some come twice, some with another address of the customer, some
/// with the mailbox that several customers share, and one form was filled in by somebody who would not say who they are.
struct OrdersFile {
    static let name = "shop-orders.ndjson"
    static let mapping = """
        {"event":"Order Completed","email":"email","phone":"phone",\
        "externalIds":{"shop.customer":"customer.id","user":"customer.account"},\
        "traits":{"name":"customer.name"},\
        "properties":{"order_id":"id","total":{"from":"total","as":"number"},"currency":"currency","products":"items"},\
        "timestamp":"placed_at","messageId":"id"}
        """

    private static let products: [(name: String, cents: Int)] = [
        ("Sencha", 1250), ("Assam", 890), ("Hojicha", 1120), ("Rooibos", 640), ("Teapot", 4900), ("Kettle", 7990),
        ("Tasting set", 2990), ("Gift card", 5000),
    ]

    let shop: SampleShop

    var text: String {
        var random = shop.random(for: OrdersFile.name)
        var lines: [String] = []
        for person in shop.people where person.customer != nil {
            for (place, email) in emails(of: person, &random).enumerated() {
                let line = order(person, place: place, email: email, &random)
                // A delivery that was repeated.
                lines += random.chance(8) ? [line, line] : [line]
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The address of each order; the first is always the customer's own, so that the others can be told to be theirs.
    private func emails(of person: SamplePerson, _ random: inout SeededRandom) -> [String] {
        var emails = [person.email] + (0..<random.below(3)).map { _ in person.email }
        if let other = person.otherEmail { emails.append(other) }
        if person.ordersForOffice { emails.append(SampleShop.sharedMailbox) }
        if person.index % 19 == 3 { emails.append("test@test.com") }
        return emails
    }

    private func order(_ person: SamplePerson, place: Int, email: String, _ random: inout SeededRandom) -> String {
        let items = (0...random.below(3)).map { _ in
            (product: random.pick(OrdersFile.products), count: 1 + random.below(2))
        }
        let total = items.reduce(0) { $0 + $1.product.cents * $1.count }
        let bytes = JSONWriter.object { writer in
            writer.field("id", "TH-\(10_000 + person.index * 10 + place)")
            writer.field("placed_at", SampleShop.time(&random).description)
            writer.field("email", email)
            // Nobody's number is asked for when the office pays.
            if email != SampleShop.sharedMailbox { writer.field("phone", person.phone) }
            writer.object("customer") { writer in
                writer.field("id", person.customer ?? "")
                if let user = person.user { writer.field("account", user) }
                writer.field("name", person.name.whole)
            }
            writer.field("total", OrdersFile.money(total))
            writer.field("currency", "EUR")
            writer.objects("items", of: items) { item, writer in
                writer.field("name", item.product.name)
                writer.field("quantity", item.count)
                writer.field("price", OrdersFile.money(item.product.cents))
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func money(_ cents: Int) -> String {
        "\(cents / 100).\(cents % 100 < 10 ? "0" : "")\(cents % 100)"
    }
}
