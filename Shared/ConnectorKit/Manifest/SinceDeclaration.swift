import YAML

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
