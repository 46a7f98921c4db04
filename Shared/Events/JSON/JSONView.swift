/// One value inside a document: a reference to its bytes, decoded when asked.
///
/// Copying is cheap, and keeps the whole document alive. Numbers, strings and members are read from the source
/// bytes each time, so keep what is needed more than once. Asking for the wrong kind gives `nil` or nothing.
public struct JSONView: Sendable {
    /// What a value is.
    public enum Kind: UInt8, Sendable, CaseIterable {
        case null
        case bool
        case number
        case string
        case array
        case object
    }

    let storage: JSONStorage
    let index: Int

    var node: JSONNode { storage.tape[index] }

    /// What the value is.
    public var kind: Kind { node.kind }

    /// Whether the value is `null`.
    public var isNull: Bool { kind == .null }

    /// The text, if the value is a string.
    public var string: String? {
        let node = node
        return node.kind == .string ? text(of: node) : nil
    }

    /// The truth, if the value is a boolean.
    public var bool: Bool? {
        let node = node
        return node.kind == .bool ? node.has(.positive) : nil
    }

    /// The number as it was written, if the value is one.
    public var number: JSONNumber? {
        let node = node
        return node.kind == .number ? JSONNumber(checked: text(of: node)) : nil
    }

    /// The exact integer, if the value is a number without fraction and exponent that fits.
    public var int64: Int64? {
        let node = node
        guard node.kind == .number, node.has(.positive) else { return nil }
        return withBytes(of: node) { JSONNumber.integer($0) }
    }

    /// The nearest floating-point number, if the value is a number that is not beyond them all.
    public var double: Double? {
        guard let double = number?.double, double.isFinite else { return nil }
        return double
    }

    /// The time, if the value is a string that holds one in RFC 3339 form.
    public var timestamp: Timestamp? {
        let node = node
        guard node.kind == .string, !node.has(.escaped) else { return nil }
        return withBytes(of: node) { Timestamp(utf8: $0) }
    }

    /// The number of elements of an array or members of an object, 0 for the others.
    public var count: Int {
        let node = node
        return node.kind == .array || node.kind == .object ? node.count : 0
    }

    /// How many values and keys the value consists of, itself included.
    public var nodeCount: Int { Int(node.next) - index }

    /// The exact source bytes of the value, without white space around it.
    public var raw: ArraySlice<UInt8> {
        let node = node
        let quote = node.kind == .string ? 1 : 0
        return storage.bytes[Int(node.start) - quote..<Int(node.end) + quote]
    }

    /// The first fault inside the value, which only ``JSONDocument/init(tolerating:limits:)`` leaves.
    public var fault: JSONError? {
        if storage.faults.isEmpty { return nil }
        return storage.fault(from: Int(node.start), to: max(Int(node.end), Int(node.start) + 1))
    }

    /// The value of a member; `nil` when it is absent or null, or when this is not an object.
    ///
    /// Keys are compared byte by byte. The cost grows with the number of members before it.
    public subscript(_ key: String) -> JSONView? {
        var key = key
        return key.withUTF8 { member($0) }
    }
}

// MARK: - Reading the tape

extension JSONView {
    private func member(_ key: UnsafeBufferPointer<UInt8>) -> JSONView? {
        let node = node
        guard node.isObject else { return nil }
        let found = storage.bytes.withUnsafeBufferPointer { bytes in
            storage.tape.withUnsafeBufferPointer { tape in
                Self.find(key, in: bytes, tape, from: index + 1, to: Int(node.next))
            }
        }
        guard let found else { return nil }
        let value = JSONView(storage: storage, index: found)
        return value.isNull ? nil : value
    }

    private static func find(
        _ key: UnsafeBufferPointer<UInt8>,
        in bytes: UnsafeBufferPointer<UInt8>,
        _ tape: UnsafeBufferPointer<JSONNode>,
        from first: Int,
        to end: Int
    ) -> Int? {
        var index = first
        while index < end {
            if isKey(tape[index], key, in: bytes) { return index + 1 }
            index = Int(tape[index + 1].next)
        }
        return nil
    }

    @inline(__always)
    private static func isKey(
        _ node: JSONNode,
        _ key: UnsafeBufferPointer<UInt8>,
        in bytes: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        if node.has(.escaped) { return JSONText.decode(bytes, node).utf8.elementsEqual(key) }
        let start = Int(node.start)
        guard Int(node.end) - start == key.count else { return false }
        for offset in 0..<key.count where bytes[start + offset] != key[offset] { return false }
        return true
    }

    func text(of node: JSONNode) -> String {
        storage.bytes.withUnsafeBufferPointer { JSONText.decode($0, node) }
    }

    private func withBytes<Result>(of node: JSONNode, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        storage.bytes.withUnsafeBufferPointer { bytes in
            body(UnsafeBufferPointer(rebasing: bytes[Int(node.start)..<Int(node.end)]))
        }
    }
}
