/// An expression to begin with, for a stream of which only the members' names are known.
public struct SingerSuggestion: Sendable, Equatable {
    /// The expression.
    public let events: String
    /// What to make of a record that is gone; `nil` when nothing tells whose it is.
    public let deleted: String?

    private static let addresses = ["email", "email_address", "emailaddress", "e_mail", "mail"]
    private static let phones = ["phone", "phone_number", "phonenumber", "mobile", "mobile_phone", "mobilephone"]
    /// What is usual of a person, and as the specification of Segment calls it.
    private static let traits = [
        "name": "name", "full_name": "name", "first_name": "firstName", "firstname": "firstName",
        "given_name": "firstName", "last_name": "lastName", "lastname": "lastName", "family_name": "lastName",
        "title": "title", "company": "company", "company_name": "company", "city": "city", "country": "country",
        "birthday": "birthday", "gender": "gender", "website": "website", "avatar": "avatar",
    ]
    private static let owners = ["contact", "customer", "person", "lead", "user", "subscriber", "member"]

    /// What a stream's members suggest; `nil` when none of them says whose its records are.
    ///
    /// - Parameter vendor: What its identifiers begin with, such as `intercom`.
    public init?(stream: String, fields: [String], keys: [String], vendor: String) {
        let thing = Self.singular(stream.split { $0 == "-" || $0 == "." }.last.map(String.init) ?? stream)
        func field(_ names: [String]) -> String? { fields.first { names.contains($0.lowercased()) } }
        var ids: [String] = []
        if let email = field(Self.addresses) { ids.append("email: \(Self.path(email))") }
        if let phone = field(Self.phones) { ids.append("phone: \(Self.path(phone))") }
        let key = keys.count == 1 ? keys.first : field(["id"])
        let own = key.map { "\"\(vendor).\(thing)\": \(Self.path($0))" }
        if !ids.isEmpty {
            events =
                "identify({\((ids + [own].compactMap { $0 }).joined(separator: ", "))}; {\(Self.traits(of: fields))})"
            deleted = own.map { "track(\"\(Self.title(thing)) Deleted\"; {\($0)}; {})" }
            return
        }
        guard let owner = Self.owners.first(where: { field(["\($0)_id", "\($0)id"]) != nil }),
            let member = field(["\(owner)_id", "\(owner)id"])
        else { return nil }
        events = "track(\"\(Self.title(thing)) Updated\"; {\"\(vendor).\(owner)\": \(Self.path(member))}; .)"
        deleted = nil
    }

    private static func traits(of fields: [String]) -> String {
        let found = fields.compactMap { field in
            traits[field.lowercased()].map { $0 == field ? field : "\($0): \(path(field))" }
        }
        return found.joined(separator: ", ")
    }

    /// A member as jq reads it.
    private static func path(_ field: String) -> String {
        field.wholeMatch(of: #/[A-Za-z_][A-Za-z0-9_]*/#) != nil ? ".\(field)" : ".[\"\(field)\"]"
    }

    private static func singular(_ name: String) -> String {
        if name.hasSuffix("people") { return name.dropLast(6) + "person" }
        if name.hasSuffix("ies") { return name.dropLast(3) + "y" }
        if name.hasSuffix("sses") || name.hasSuffix("xes") { return String(name.dropLast(2)) }
        return name.hasSuffix("s") && !name.hasSuffix("ss") ? String(name.dropLast()) : name
    }

    private static func title(_ name: String) -> String {
        name.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(separator: " ")
    }
}
