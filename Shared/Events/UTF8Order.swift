/// The order of texts by their UTF-8 bytes, which is the same everywhere, and in SQL.
public enum UTF8Order {
    /// Whether one stands before the other; `nil` when their bytes are the same.
    public static func precedes(_ left: String, _ right: String) -> Bool? {
        let order = withBytes(left) { one in withBytes(right) { other in compare(one, other) } }
        return order == 0 ? nil : order < 0
    }

    /// Whether their bytes are the same.
    public static func areSame(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && precedes(left, right) == nil
    }

    /// Lends a text's bytes; `withUTF8` would take a copy of the text, which has to be counted.
    @inline(__always)
    @inlinable
    public static func withBytes<Result>(_ text: String, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        if let result = text.utf8.withContiguousStorageIfAvailable({ body(UnsafeRawBufferPointer($0)) }) {
            return result
        }
        var text = text
        return text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }

    /// Less than, equal to or greater than zero, as the first stands before, with or behind the second.
    private static func compare(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Int {
        let common = min(one.count, other.count)
        var place = 0
        while place + 8 <= common {
            let words = (word(of: one, at: place), word(of: other, at: place))
            if words.0 != words.1 { return words.0 < words.1 ? -1 : 1 }
            place += 8
        }
        while place < common {
            if one[place] != other[place] { return Int(one[place]) - Int(other[place]) }
            place += 1
        }
        return one.count - other.count
    }

    /// Eight bytes as a number that is the greater, the greater the first of them is.
    @inline(__always)
    private static func word(of bytes: UnsafeRawBufferPointer, at place: Int) -> UInt64 {
        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
    }
}
