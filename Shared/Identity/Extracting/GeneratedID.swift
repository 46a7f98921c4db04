import Events

/// Ids that a library made up for a browser or a device.
enum GeneratedID {
    /// Whether the text is a UUID, or the five hexadecimal groups of older browser libraries.
    static func looksLikeOne(_ text: String) -> Bool {
        let groups = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard groups.count == 5, groups.allSatisfy({ !$0.isEmpty && $0.allSatisfy(Hexadecimal.isDigit) }) else {
            return false
        }
        return groups.map(\.count) == [8, 4, 4, 4, 12] || text.utf8.count >= 40
    }
}
