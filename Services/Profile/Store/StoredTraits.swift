import Events

extension JSONDocument {
    /// The traits of a profile, as the store has them: however many there are, and even if the names of two differ in their Unicode
    /// form only.
    init(traits: String) throws(JSONError) {
        try self.init(tolerating: Array(traits.utf8), limits: EventEnvelope.limits)
    }
}
