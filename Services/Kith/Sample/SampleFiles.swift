/// The sample as files in a folder.
struct SampleFiles {
    let shop: SampleShop
    let directory: String

    /// Writes all of them.
    func write() throws(CommandError) {
        try Files.makeDirectory(directory)
        try write(ContactsFile(shop: shop).text, to: ContactsFile.name)
        try write(OrdersFile(shop: shop).text, to: OrdersFile.name)
        try write(WebFile(shop: shop).calls.lines, to: WebFile.name)
        try write(ChatFile(shop: shop).calls.lines, to: ChatFile.name)
        try write(Mailbox(shop: shop).text, to: Mailbox.name)
        try write(truth, to: "truth.csv")
    }

    func path(of name: String) -> String { "\(directory)/\(name)" }

    /// Who is who: each identifier and the person it belongs to; what several share belongs to “shared”.
    var truth: String {
        var rows = ["person,namespace,value"]
        for person in shop.people {
            rows += person.identifiers.map { "\(person.label),\($0.namespace),\($0.value)" }
        }
        rows += ChatFile(shop: shop).mistypedAddresses.map { "\($0.person.label),email,\($0.email)" }
        rows += shop.visitors.enumerated().map { "v\($0 + 1),anonymous,\($1)" }
        if shop.people.contains(where: \.ordersForOffice) { rows.append("shared,email,\(SampleShop.sharedMailbox)") }
        return rows.joined(separator: "\n") + "\n"
    }

    private func write(_ text: String, to name: String) throws(CommandError) {
        try Files.write(Array(text.utf8), to: path(of: name))
    }
}
