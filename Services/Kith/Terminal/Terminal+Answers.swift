import Events

extension Terminal {
    /// Writes JSON as it came, with a line's end behind it.
    func line(json: JSONView) {
        line(String(decoding: json.raw, as: UTF8.self))
    }

    /// Tells people with which options a list goes on behind the page that was shown, if it does.
    func tellOfMore(_ cursor: String?, options: String = "--cursor") {
        if let cursor { line(paint("There are more: \(options) \(cursor)", .faint)) }
    }
}
