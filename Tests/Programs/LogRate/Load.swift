/// What is appended and read: so many records, some of them in each append, and so many appends at a time.
struct Load {
    var records = 100_000
    var bytes = 1000
    var recordsPerAppend = 100
    var atOnce = 16

    var appends: Int { records / recordsPerAppend }

    /// The words are `--NAME NUMBER`; nil if they are others.
    init?(_ words: [String]) {
        for place in stride(from: 0, to: words.count, by: 2) {
            guard place + 1 < words.count, let number = Int(words[place + 1]), number > 0 else { return nil }
            switch words[place] {
            case "--records": records = number
            case "--bytes": bytes = number
            case "--records-per-append": recordsPerAppend = number
            case "--at-once": atOnce = number
            default: return nil
            }
        }
    }

    /// Bytes that are no text and do not repeat soon.
    func value(of number: Int) -> [UInt8] {
        var state = UInt64(truncatingIfNeeded: number) &* 0x9E37_79B9_7F4A_7C15 | 1
        return (0..<bytes).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state)
        }
    }
}
