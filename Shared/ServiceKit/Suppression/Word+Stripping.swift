public import Identity
public import Topics

extension Word {
    /// What stands in place of what told of a person.
    static let erased = "erased"

    /// Takes out who said it, and why, where that tells of some persons; whether it does.
    @discardableResult
    public mutating func strip(of traces: PersonTraces) -> Bool {
        let old = self
        if traces.areFound(in: author) { author = Self.erased }
        if traces.areFound(in: reason) { reason = Self.erased }
        return self != old
    }
}
