import Events
import JQ
import YAML

/// How a stream's next page is asked for.
///
/// What asks for it is a JSON value, kept in the stream's state.
enum Pages: Sendable {
    /// There is one page only.
    case one
    /// A value of the answer, sent by a query parameter or by the request's own texts.
    case cursor(Expression, parameter: String?, while: Expression?)
    /// The next page's address or path, from the answer.
    case next(Expression)
    /// The next page's address, from the header `Link`.
    case link(relation: String)
    /// Pages are counted.
    case number(parameter: String, first: Int, size: Int?, total: Expression?)
    /// Records are counted.
    case offset(parameter: String, size: Int)

    /// The ways to say it, and what may stand beside each.
    private static let ways: [(name: String, others: [String])] = [
        ("cursor", ["as", "while"]), ("next", []), ("link", []), ("number", ["first", "size", "total"]),
        ("offset", ["size"]),
    ]

    init(_ field: YAMLField) throws(YAMLError) {
        let fields = try field.fields(
            known: ["cursor", "as", "while", "next", "link", "number", "first", "size", "total", "offset"]
        )
        try field.checkIsOne(of: Self.ways.map(\.name), fields)
        if let way = Self.ways.first(where: { fields[$0.name] != nil }) {
            _ = try field.fields(known: [way.name] + way.others)
        }
        if let cursor = fields["cursor"] {
            self = .cursor(
                try Expression(cursor),
                parameter: try fields["as"]?.text(),
                while: try fields["while"].map { field throws(YAMLError) in try Expression(field) }
            )
        } else if let next = fields["next"] {
            self = .next(try Expression(next))
        } else if let link = fields["link"] {
            self = .link(relation: try link.text())
        } else if let number = fields["number"] {
            let size = try fields["size"]?.integer(in: 1...100_000)
            let total = try fields["total"].map { field throws(YAMLError) in try Expression(field) }
            guard size != nil || total != nil else { throw field.error("Counted pages need a “size” or a “total”.") }
            let first = try fields["first"]?.integer(in: 0...1) ?? 1
            self = .number(parameter: try number.text(), first: first, size: size, total: total)
        } else if let offset = fields["offset"] {
            let size = try field.required("size", in: fields).integer(in: 1...100_000)
            self = .offset(parameter: try offset.text(), size: size)
        } else {
            throw field.error("“page” needs one of cursor, next, link, number and offset.")
        }
    }

    /// What the first page is asked for by.
    var first: JSONValue? {
        switch self {
        case .number(_, let first, _, _): .number(JSONNumber(first))
        case .offset: 0
        default: nil
        }
    }

    /// What the page behind an answer is asked for by; `nil` when it was the last.
    func next(
        after page: JSONValue?,
        _ answer: Answer,
        records: Int,
        in scope: Scope
    ) throws(ProgramError) -> JSONValue? {
        switch self {
        case .one: return nil
        case .cursor(let cursor, _, let condition):
            if let condition, try !condition.holds(for: answer.body, in: scope) { return nil }
            let value = try cursor.value(of: answer.body, in: scope)
            return value == .string("") || value == .bool(false) ? nil : value
        case .next(let address):
            let value = try address.value(of: answer.body, in: scope)
            return value == .string("") ? nil : value
        case .link(let relation):
            return LinkHeader.target(of: relation, in: answer.values(of: "link")).map(JSONValue.string)
        case .number(_, let first, let size, let total):
            let number = page?.integer ?? first
            if let total {
                guard let pages = try total.value(of: answer.body, in: scope)?.integer, number - first + 1 < pages
                else {
                    return nil
                }
            }
            if let size, records < size { return nil }
            return .number(JSONNumber(number + 1))
        case .offset(_, let size):
            guard records >= size else { return nil }
            return .number(JSONNumber((page?.integer ?? 0) + records))
        }
    }
}

extension JSONValue {
    /// The whole number that it is, or that stands in it as a text.
    var integer: Int? {
        switch self {
        case .number(let number): number.int64.map { Int($0) }
        case .string(let text): Int(text)
        default: nil
        }
    }
}
