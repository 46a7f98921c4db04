extension String {
    /// The text as every store takes it, and as long as a person reads: vendors answer with whatever bytes they like.
    ///
    /// PostgreSQL cannot keep U+0000.
    var storable: String { cut(to: 2000).replacing("\0", with: "\u{FFFD}") }

    /// By what Unicode counts: a single letter may have marks without end.
    func cut(to length: Int) -> String {
        utf8.count <= length ? self : String(String.UnicodeScalarView(unicodeScalars.prefix(length)))
    }
}
