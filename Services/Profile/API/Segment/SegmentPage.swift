import Events
import Hummingbird
import ServiceKit

/// The names of identifiers in the Segment Profile API, and ours.
enum SegmentID {
    /// The namespace of a type; types are written in lower case.
    static func namespace(of type: String) -> String {
        switch type.lowercased() {
        case "user_id": "user"
        case "anonymous_id": "anonymous"
        case "phone_number": "phone"
        case let type: type
        }
    }

    /// The type of a namespace.
    static func type(of namespace: String) -> String {
        switch namespace {
        case "user": "user_id"
        case "anonymous": "anonymous_id"
        default: namespace
        }
    }
}

/// Which profile a Segment client asks about, and which part of a list it wants.
struct SegmentPage: Sendable {
    let reference: ProfileReference
    let limit: Int
    /// Where the page begins.
    let next: String?
    private let url: String
    /// What else was asked for, as it was written, with a `&` behind each.
    private let others: String

    init(_ call: Call) throws(APIError) {
        guard call.path["collection"] == "users" else { throw .notFound("There is only the collection users.") }
        guard let identifier = Identifier(parsing: call.path["externalId"] ?? "") else {
            throw .badRequest("invalid_parameter", "The external id must be written as type:value.")
        }
        reference = .identifier(Identifier(SegmentID.namespace(of: identifier.namespace), identifier.value))
        limit = call.query.integer("limit")
        next = call.query.text("next").flatMap { $0.isEmpty ? nil : $0 }
        url = call.request.uri.path
        others = Self.others(in: call.request.uri.query ?? "")
    }

    private static func others(in query: String) -> String {
        let pairs = query.split(separator: "&").filter { pair in
            let name = pair.prefix { $0 != "=" }
            return name != "limit" && name != "next"
        }
        return pairs.map { "\($0)&" }.joined()
    }

    /// The items of this page, and the place of the first one of the next.
    ///
    /// The items are in the order of their places: what goes between two pages takes no other with it.
    func slice<Item, Place: Comparable & LosslessStringConvertible>(
        _ items: [Item],
        by place: (Item) -> Place
    ) throws(APIError) -> (shown: ArraySlice<Item>, next: String?) {
        var rest = items[...]
        if let next {
            guard let start = Place(next) else { throw .badCursor }
            rest = rest.drop { place($0) < start }
        }
        return (rest.prefix(limit), rest.dropFirst(limit).first.map { place($0).description })
    }

    func writeCursor(next: String?, to writer: inout JSONWriter) {
        writer.key("cursor")
        writer.beginObject()
        writer.field("url", next.map { "\(url)?\(others)limit=\(limit)&next=\(PercentEncoding.encode($0))" } ?? url)
        writer.field("has_more", next != nil)
        writer.field("next", next ?? "")
        writer.field("limit", limit)
        writer.endObject()
    }
}
