public import Events

/// A person is to be forgotten, and not to be known again until this is withdrawn.
///
/// It holds for events received at any time before it is withdrawn. The identifiers themselves stand in it only until everything that
/// the log has of the person is gone; then its hashes alone remain.
public struct Suppression: Sendable, Equatable {
    /// Which suppression it is; no other decision, correction or suppression has the same.
    public var id: String
    /// The keyed hashes of the person's identifiers, in lower-case hexadecimal.
    public var hashes: [String]
    /// The same of mailboxes that the person's mail addresses are other spellings of; they count by rules that fold mailboxes.
    public var foldedHashes: [String]
    /// The person's identifiers; none once the log is clean.
    public var identifiers: [Identifier]
    /// The ids that the person's profile had; none once the log is clean.
    public var profileIDs: [String]
    /// Whether it is about an address alone, which several people have: whoever has it is not to be forgotten with it.
    public var isAlone: Bool
    /// Who asked for it, and why, and when.
    public var word: Word

    /// Creates the value from its parts.
    public init(
        id: String,
        hashes: [String],
        foldedHashes: [String] = [],
        identifiers: [Identifier],
        profileIDs: [String],
        isAlone: Bool = false,
        word: Word
    ) {
        self.id = id
        self.hashes = hashes
        self.foldedHashes = foldedHashes
        self.identifiers = identifiers
        self.profileIDs = profileIDs
        self.isAlone = isAlone
        self.word = word
    }

    /// What two records of one suppression say together: more may be found to be the person's before the person is forgotten.
    func joined(with other: Suppression) -> Suppression {
        var all = word.time <= other.word.time ? self : other
        all.hashes = Set(hashes + other.hashes).sorted()
        all.foldedHashes = Set(foldedHashes + other.foldedHashes).sorted()
        all.identifiers = Set(identifiers + other.identifiers).sorted()
        all.profileIDs = Set(profileIDs + other.profileIDs).sorted()
        return all
    }

    init(json: JSONView) throws(TopicError) {
        id = try json.requiredString("id")
        hashes = try json.strings("hashes")
        foldedHashes = try json.strings("foldedHashes")
        identifiers = []
        for text in try json.strings("identifiers") {
            guard let identifier = Identifier(parsing: text) else { throw .invalid("identifiers", text) }
            identifiers.append(identifier)
        }
        profileIDs = try json.strings("profileIds")
        isAlone = json["alone"]?.bool ?? false
        word = try Word(json: json)
    }

    func writeFields(to writer: inout JSONWriter) {
        writer.field("id", id)
        writer.array("hashes", of: hashes)
        if !foldedHashes.isEmpty { writer.array("foldedHashes", of: foldedHashes) }
        writer.array("identifiers", of: identifiers.map(\.description))
        writer.array("profileIds", of: profileIDs)
        if isAlone { writer.field("alone", isAlone) }
        word.writeFields(to: &writer)
    }
}
