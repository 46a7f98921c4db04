/// Writes JSON text piece by piece, without white space.
///
/// Commas are put where they belong; that brackets match and every key has its value is for the caller to see to.
/// Whatever is written, ``JSONDocument`` can read: U+0000 is written as U+FFFD, and a number that is not finite as
/// `null`.
public struct JSONWriter: Sendable {
    /// What has been written so far.
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// An empty writer, with room for as many bytes as are expected.
    public init(capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    /// Opens an object.
    public mutating func beginObject() { begin(UInt8(ascii: "{")) }

    /// Closes the innermost object.
    public mutating func endObject() { end(UInt8(ascii: "}")) }

    /// Opens an array.
    public mutating func beginArray() { begin(UInt8(ascii: "[")) }

    /// Closes the innermost array.
    public mutating func endArray() { end(UInt8(ascii: "]")) }

    /// Writes the key of the member whose value comes next.
    public mutating func key(_ key: String) {
        separate()
        quote(key)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a string.
    public mutating func string(_ value: String) {
        separate()
        quote(value)
    }

    /// Writes an integer.
    public mutating func integer(_ value: Int64) { plain(String(value)) }

    /// Writes an integer.
    public mutating func integer(_ value: Int) { integer(Int64(value)) }

    /// Writes a floating-point number in the shortest form that reads back as the same; `null` if it is not finite.
    public mutating func double(_ value: Double) { plain(value.isFinite ? value.description : "null") }

    /// Writes a boolean.
    public mutating func bool(_ value: Bool) { plain(value ? "true" : "false") }

    /// Writes a null.
    public mutating func null() { plain("null") }

    /// Writes a number with the text it came with.
    public mutating func number(_ value: JSONNumber) { plain(value.text) }

    /// Puts the bytes of a whole value as they are.
    @inlinable
    public mutating func raw(_ value: some Collection<UInt8>) {
        if value.withContiguousStorageIfAvailable({ append($0) }) == nil { append(Array(value)) }
    }

    /// Puts the source bytes of a value as they are.
    public mutating func raw(_ view: JSONView) { raw(view.raw) }

    /// Writes a value, keys in the order of their UTF-8 bytes.
    public mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let value): bool(value)
        case .number(let value): number(value)
        case .string(let value): string(value)
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .object(let members):
            beginObject()
            for (key, value) in members.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
                self.key(key)
                self.value(value)
            }
            endObject()
        }
    }

    /// Ends a line, so that the next value stands alone on its own (NDJSON).
    public mutating func newLine() {
        bytes.append(UInt8(ascii: "\n"))
        needsComma = false
    }
}

// MARK: - Members

extension JSONWriter {
    /// Writes a member with a string.
    public mutating func field(_ key: String, _ value: String) {
        self.key(key)
        string(value)
    }

    /// Writes a member with an integer.
    public mutating func field(_ key: String, _ value: Int64) {
        self.key(key)
        integer(value)
    }

    /// Writes a member with an integer.
    public mutating func field(_ key: String, _ value: Int) { field(key, Int64(value)) }

    /// Writes a member with a floating-point number.
    public mutating func field(_ key: String, _ value: Double) {
        self.key(key)
        double(value)
    }

    /// Writes a member with a boolean.
    public mutating func field(_ key: String, _ value: Bool) {
        self.key(key)
        bool(value)
    }

    /// Writes a member with a time.
    public mutating func field(_ key: String, _ value: Timestamp) {
        self.key(key)
        separate()
        bytes.append(UInt8(ascii: "\""))
        value.write(to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Writes a member with a value.
    public mutating func field(_ key: String, _ value: JSONValue) {
        self.key(key)
        self.value(value)
    }

    /// Writes a member with the source bytes of a value.
    public mutating func field(_ key: String, _ value: JSONView) {
        self.key(key)
        raw(value)
    }
}

// MARK: - Whole objects and arrays

extension JSONWriter {
    /// The bytes of an object.
    @inlinable
    public static func object(capacity: Int = 256, _ write: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter(capacity: capacity)
        writer.object(write)
        return writer.bytes
    }

    /// Writes an object.
    @inlinable
    public mutating func object(_ write: (inout JSONWriter) -> Void) {
        beginObject()
        write(&self)
        endObject()
    }

    /// Writes a member with an object.
    @inlinable
    public mutating func object(_ key: String, _ write: (inout JSONWriter) -> Void) {
        self.key(key)
        object(write)
    }

    /// Writes a member with an array, of each element what is written of it.
    @inlinable
    public mutating func array<Elements: Sequence>(
        _ key: String,
        of elements: Elements,
        _ write: (Elements.Element, inout JSONWriter) -> Void
    ) {
        self.key(key)
        beginArray()
        for element in elements { write(element, &self) }
        endArray()
    }

    /// Writes a member with an array of strings.
    @inlinable
    public mutating func array(_ key: String, of strings: some Sequence<String>) {
        array(key, of: strings) { $1.string($0) }
    }

    /// Writes a member with an array of objects, one for each element.
    @inlinable
    public mutating func objects<Elements: Sequence>(
        _ key: String,
        of elements: Elements,
        _ write: (Elements.Element, inout JSONWriter) -> Void
    ) {
        array(key, of: elements) { element, writer in
            writer.object { write(element, &$0) }
        }
    }
}

// MARK: - Bytes

extension JSONWriter {
    private mutating func begin(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func end(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    /// Every value and every key begins here.
    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func plain(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
    }

    @usableFromInline
    mutating func append(_ value: UnsafeBufferPointer<UInt8>) {
        separate()
        bytes.append(contentsOf: value)
    }

    @usableFromInline
    mutating func append(_ value: [UInt8]) {
        separate()
        bytes.append(contentsOf: value)
    }

    private mutating func quote(_ text: String) {
        var text = text
        bytes.append(UInt8(ascii: "\""))
        text.withUTF8 { escape($0) }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ text: UnsafeBufferPointer<UInt8>) {
        var written = 0
        for (index, byte) in text.enumerated() where byte < 0x20 || byte == 0x22 || byte == 0x5C {
            bytes.append(contentsOf: text[written..<index])
            escape(byte)
            written = index + 1
        }
        bytes.append(contentsOf: text[written...])
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case 0x22, 0x5C: bytes.append(contentsOf: [0x5C, byte])
        case 0x00: bytes.append(contentsOf: "\u{FFFD}".utf8)
        case 0x08: bytes.append(contentsOf: "\\b".utf8)
        case 0x09: bytes.append(contentsOf: "\\t".utf8)
        case 0x0A: bytes.append(contentsOf: "\\n".utf8)
        case 0x0C: bytes.append(contentsOf: "\\f".utf8)
        case 0x0D: bytes.append(contentsOf: "\\r".utf8)
        default:
            bytes.append(contentsOf: "\\u00".utf8)
            let digits: StaticString = "0123456789abcdef"
            bytes.append(digits.utf8Start[Int(byte >> 4)])
            bytes.append(digits.utf8Start[Int(byte & 15)])
        }
    }
}
