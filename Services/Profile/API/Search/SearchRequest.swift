import Audience
import Events
import ServiceKit

/// What somebody looks for, and in which order they want it.
struct SearchRequest: Sendable {
    static let fields = ["where", "text", "sort", "limit", "cursor", "total"]
    static let countFields = ["where", "text"]
    static let limits = 1...200

    /// What the profiles must meet; everybody does without.
    let condition: Condition
    let sort: [SortKey]
    let limit: Int
    let cursor: SearchCursor?
    /// Whether to count all that match.
    let wantsTotal: Bool

    /// Reads and checks the body of a request.
    init(json: JSONView) throws {
        condition = try Self.condition(json)
        sort = try json["sort"].map(SortKey.list) ?? [SortKey(.lastSeen, .descending)]
        limit = try json.integer("limit", in: Self.limits, default: 50)
        wantsTotal = try json.flag("total") ?? false
        cursor = try json.text("cursor").flatMap { [sort] text in
            if text.isEmpty { return nil }
            guard let cursor = SearchCursor(text), cursor.values.count == sort.count else { throw APIError.badCursor }
            return cursor
        }
    }

    private static func condition(_ json: JSONView) throws -> Condition {
        var conditions: [Condition] = []
        do {
            if let view = json["where"] { conditions.append(try Condition(json: view)) }
        } catch {
            throw APIError.badRequest("invalid_condition", "\(error)")
        }
        // An empty search field finds everybody.
        if let text = try json.text("text"), !SearchText(text).words.isEmpty { conditions.append(.text(text)) }
        return conditions.count == 1 ? conditions[0] : .all(conditions)
    }
}

/// One thing to order profiles by; those that do not have it come last.
struct SortKey: Sendable, Equatable {
    enum Subject: Sendable, Equatable {
        case firstSeen
        case lastSeen
        case eventCount
        case revision
        case id
        case trait(String)
    }

    enum Order: String, Sendable {
        case ascending = "asc"
        case descending = "desc"
    }

    let subject: Subject
    let order: Order

    init(_ subject: Subject, _ order: Order) {
        self.subject = subject
        self.order = order
    }

    static let fieldNames = ["firstSeen", "lastSeen", "eventCount", "revision", "id"]
    private static let most = 4

    /// Reads a list such as `[{"trait": "age", "order": "desc"}]`.
    static func list(_ json: JSONView) throws -> [SortKey] {
        guard json.kind == .array, (1...most).contains(json.count) else {
            throw APIError.badRequest("invalid_field", "“sort” must be a list of 1 to \(most) keys.")
        }
        return try json.elements.map(SortKey.init(json:))
    }

    private init(json: JSONView) throws {
        let known = ["trait", "field", "order"]
        let keys = json.members.map(\.key)
        guard json.kind == .object, keys.allSatisfy(known.contains), keys.contains("trait") != keys.contains("field")
        else {
            throw APIError.badRequest(
                "invalid_field",
                "A “sort” key has either “trait” or “field”, and maybe “order”: asc or desc."
            )
        }
        guard let order = Order(rawValue: try json.text("order") ?? "asc") else {
            throw APIError.badRequest("invalid_field", "“order” must be asc or desc.")
        }
        self.init(try Self.subject(json), order)
    }

    private static func subject(_ json: JSONView) throws -> Subject {
        if let trait = try json.text("trait") {
            guard (1...256).contains(trait.unicodeScalars.count) else {
                throw APIError.badRequest("invalid_field", "“trait” must be a name of 1 to 256 characters.")
            }
            return .trait(trait)
        }
        switch try json.text("field") {
        case "firstSeen": return .firstSeen
        case "lastSeen": return .lastSeen
        case "eventCount": return .eventCount
        case "revision": return .revision
        case "id": return .id
        default:
            throw APIError.badRequest("invalid_field", "“field” must be one of \(fieldNames.joined(separator: ", ")).")
        }
    }
}
