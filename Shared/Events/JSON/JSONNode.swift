/// One entry of a document's tape: a value or a key, in the order of the text.
///
/// An array is followed by its elements, an object by key, value, key, value, …
/// `next` is the entry behind the whole value, so that a reader can step over what it does not want.
/// While a container is still open, `next` holds its parent instead, which makes the tape its own stack.
struct JSONNode: Sendable {
    /// First byte: of the content for a string or key, of the whole value for the others.
    var start: UInt32
    /// One past the last byte, likewise.
    var end: UInt32
    var next: UInt32
    /// The kind in the low three bits, then flags, then the number of children.
    private var info: UInt32

    static let countLimit = 1 << 26

    init(_ kind: JSONView.Kind, start: Int, end: Int, next: Int, flags: Flags = []) {
        self.start = UInt32(truncatingIfNeeded: start)
        self.end = UInt32(truncatingIfNeeded: end)
        self.next = UInt32(truncatingIfNeeded: next)
        info = UInt32(kind.rawValue) | flags.rawValue
    }

    struct Flags: OptionSet {
        let rawValue: UInt32
        /// String or key: has escapes, so its bytes are not its value.
        static let escaped = Flags(rawValue: 1 << 3)
        /// On a key: escaped, long or not ASCII; on an object: has such a key.
        static let special = Flags(rawValue: 1 << 4)
        /// Kept by a tolerant scan although something is wrong with it.
        static let faulty = Flags(rawValue: 1 << 5)
        /// On a boolean: `true`; on a number: digits only, so it may be an exact integer.
        static let positive = Flags(rawValue: 1 << 3)
    }

    var kind: JSONView.Kind { JSONView.Kind(rawValue: UInt8(truncatingIfNeeded: info & 7)) ?? .null }

    var isObject: Bool { info & 7 == UInt32(JSONView.Kind.object.rawValue) }

    var count: Int { Int(info >> 6) }

    func has(_ flags: Flags) -> Bool { info & flags.rawValue != 0 }

    mutating func set(_ flags: Flags) { info |= flags.rawValue }

    mutating func addChild() { info &+= 1 << 6 }
}
