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

/// How a stream goes on from where it was.
struct SinceDeclaration: Sendable {
    /// What says how far the stream is read.
    let origin: Origin
    /// The query parameter to ask by; `nil` when the request's own texts do.
    let parameter: String?
    let format: Format
    /// How much further back to ask.
    let lookback: Duration
    let start: TextTemplate?

    /// Where its values come from.
    enum Origin: Sendable {
        /// From the records; the greatest counts.
        case record(Expression)
        /// From the answers; the last one counts.
        case answer(Expression)
    }

    /// What the values are.
    enum Format: String, CaseIterable, Sendable {
        /// RFC 3339.
        case time
        /// Since 1970.
        case seconds, milliseconds
        /// Anything that only the vendor understands; the last one counts.
        case value
    }

    init(_ field: YAMLField) throws(YAMLError) {
        let fields = try field.fields(known: ["field", "answer", "as", "format", "lookback", "start"])
        try field.checkIsOne(of: ["field", "answer"], fields)
        origin =
            if let answer = fields["answer"] { .answer(try Expression(answer)) } else {
                .record(try Expression(try field.required("field", in: fields)))
            }
        parameter = try fields["as"]?.text()
        let usual: Format = if case .answer = origin { .value } else { .time }
        format = try fields["format"]?.choice(of: Format.self) ?? usual
        lookback = try fields["lookback"]?.duration() ?? .zero
        start = try fields["start"].map { field throws(YAMLError) in try TextTemplate(field) }
        guard format != .value || lookback == .zero else {
            throw field.error("One cannot look back from a value; “lookback” needs another “format”.")
        }
    }
}

extension YAMLField {
    /// A time span, such as 500ms, 30s, 5m, 2h or 1d.
    func duration() throws(YAMLError) -> Duration {
        guard let duration = try Duration(span: text()) else {
            throw error("\(title) is not a time span such as 500ms, 30s, 5m or 2h.")
        }
        return duration
    }
}
