extension String {
    /// The text as every store takes it, and as long as a person reads: vendors answer with whatever bytes they like.
    ///
    /// PostgreSQL cannot keep U+0000.
    var storable: String { cut(to: 2000).replacing("\0", with: "\u{FFFD}") }
}
