/// The order of texts by their UTF-8 bytes, which is the same everywhere, and in SQL.
public enum UTF8Order {
    /// Whether one stands before the other; `nil` when their bytes are the same.
    public static func precedes(_ left: String, _ right: String) -> Bool? {
        if left.utf8.elementsEqual(right.utf8) { return nil }
        return left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}
