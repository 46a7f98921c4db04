public import Events

/// A record of a source, whose fields a mapping can name.
public protocol SourceRecord {
    /// The field's value; `nil` when it is absent, null or empty.
    func value(at path: String) -> JSONValue?
}

extension String {
    var withoutSpaceAround: String {
        let start = drop { $0.isWhitespace }
        return start.lastIndex { !$0.isWhitespace }.map { String(start[...$0]) } ?? ""
    }
}
