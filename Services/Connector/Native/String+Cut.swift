extension String {
    /// So much of the text at most, by what Unicode counts: a single letter may have marks without end.
    func cut(to length: Int) -> String {
        utf8.count <= length ? self : String(String.UnicodeScalarView(unicodeScalars.prefix(length)))
    }
}
