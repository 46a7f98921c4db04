import Events

/// An instance is gone for good, so that others look after what it has on the log.
///
/// It is never taken back, and needs not be: an instance that is there after all lets nobody else have its partitions.
public struct Retirement: Sendable, Equatable {
    /// The instance whose partitions they are.
    public var instance: String
    /// Who said so, and why, and when.
    public var word: Word

    /// Creates the value from its parts.
    public init(instance: String, word: Word) {
        self.instance = instance
        self.word = word
    }

    init(json: JSONView) throws(TopicError) {
        instance = try json.requiredString("instance")
        word = try Word(json: json)
    }

    func writeFields(to writer: inout JSONWriter) {
        writer.field("instance", instance)
        word.writeFields(to: &writer)
    }
}
