/// The order of texts by their UTF-8 bytes, which is the same everywhere, and in SQL.
public enum UTF8Order {
    /// Whether one stands before the other; `nil` when their bytes are the same.
    public static func precedes(_ left: String, _ right: String) -> Bool? {
        var (left, right) = (left, right)
        let order = left.withUTF8 { one in right.withUTF8 { other in compare(one, other) } }
        return order == 0 ? nil : order < 0
    }

    /// Less than, equal to or greater than zero, as the first stands before, with or behind the second.
    private static func compare(_ one: UnsafeBufferPointer<UInt8>, _ other: UnsafeBufferPointer<UInt8>) -> Int {
        for place in 0..<min(one.count, other.count) where one[place] != other[place] {
            return Int(one[place]) - Int(other[place])
        }
        return one.count - other.count
    }
}
