/// Why the store cannot be used.
enum StoreError: Error, Equatable, CustomStringConvertible {
    case otherLog(partition: String)
    case aheadOfLog(partition: String)
    case movedOn(partition: String)

    var description: String {
        switch self {
        case .otherLog(let partition):
            "The store was written with another log than this one (changes/\(partition)); restore both from the same time."
        case .aheadOfLog(let partition):
            "The store has read further in changes/\(partition) than the log goes: the log has lost records."
        case .movedOn(let partition):
            "Another process has read on in changes/\(partition) with the same store."
        }
    }
}
