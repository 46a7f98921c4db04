/// A customer of the invented shop, and which of its systems know them under which name.
struct SamplePerson: Sendable {
    var index: Int
    var name: SampleNames.Name
    var email: String
    /// Used for some orders.
    var otherEmail: String?
    /// In E.164 form.
    var phone: String
    var city: String
    var plan: String
    /// The account in the web shop.
    var user: String?
    var contact: String?
    var customer: String?
    var chat: String?
    var writesMail: Bool
    /// The browsers they use, each with an id of its own.
    var devices: [String]
    /// Orders with the mailbox that several customers share.
    var ordersForOffice: Bool

    /// What truth calls them.
    var label: String { "p\(index + 1)" }

    /// Every identifier that belongs to this person alone.
    var identifiers: [(namespace: String, value: String)] {
        var all = [("email", email)]
        if hasPhone { all.append(("phone", phone)) }
        if let otherEmail, customer != nil { all.append(("email", otherEmail)) }
        let named = [("user", user), ("crm.contact", contact), ("shop.customer", customer), ("chat.user", chat)]
        all += named.compactMap { namespace, value in value.map { (namespace, $0) } }
        if user != nil { all += devices.map { ("anonymous", $0) } }
        return all
    }

    /// Only the CRM and the shop's checkout ask for a number.
    var hasPhone: Bool { contact != nil || customer != nil }
}
