import YAML

/// A stream of records that are asked for page by page.
struct StreamDeclaration: Sendable {
    let name: String
    let summary: String
    let request: RequestDeclaration
    /// What records an answer has.
    let records: Expression
    let pages: Pages
    /// Asks for more of each record; its answer is the record then.
    let detail: RequestDeclaration?
    let since: SinceDeclaration?
    let each: Each?
    /// What tells a record from the others.
    let key: Expression
    let events: Expression

    /// For what a stream is read once each.
    enum Each: Sendable {
        case values(Expression)
        /// For every record of another stream.
        case stream(String, value: Expression)
    }

    init(_ field: YAMLField) throws(YAMLError) {
        let own = ["summary", "records", "page", "detail", "since", "each", "key", "events"]
        let fields = try field.fields(known: own + RequestDeclaration.known)
        name = field.name
        summary = try field.required("summary", in: fields).text()
        request = try RequestDeclaration(field, fields)
        let records = fields["records"]
        self.records = if let records { try Expression(records) } else { try Expression(".[]", at: field) }
        pages = if let page = fields["page"] { try Pages(page) } else { .one }
        detail = try fields["detail"].map { field throws(YAMLError) in
            try RequestDeclaration(field, try field.fields(known: RequestDeclaration.known))
        }
        since = try fields["since"].map { field throws(YAMLError) in try SinceDeclaration(field) }
        each = try fields["each"].map { field throws(YAMLError) in try Each(field) }
        key = try Expression(try field.required("key", in: fields))
        events = try Expression(try field.required("events", in: fields))
    }
}

extension StreamDeclaration.Each {
    fileprivate init(_ field: YAMLField) throws(YAMLError) {
        let fields = try field.fields(known: ["in", "stream", "value"])
        try field.checkIsOne(of: ["in", "stream"], fields)
        if let list = fields["in"] {
            self = .values(try Expression(list))
        } else {
            let stream = try field.required("stream", in: fields).text()
            self = .stream(stream, value: try Expression(try field.required("value", in: fields)))
        }
    }
}
