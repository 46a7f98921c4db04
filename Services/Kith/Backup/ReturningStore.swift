import ArgumentParser
import Topics

/// A store that may go back to a backup while the log stays: it takes in again what came since, and what was sent is not sent again.
///
/// `connector`'s is none. What it has delivered, where its sources are, and tokens that change with their use, are nowhere else.
enum ReturningStore: String, ExpressibleByArgument, CaseIterable {
    case profile
    case notifier

    /// The file in a backup.
    var file: String { "\(rawValue).sqlite" }

    /// What it is made from.
    var topic: String {
        switch self {
        case .profile: Topic.events
        case .notifier: Topic.changes
        }
    }

    /// Whether a file of the data directory is its own, or of one that a rebuild has made of it; what another instance has, or somebody
    /// has put beside it, is not.
    func has(_ name: String) -> Bool {
        guard name.hasPrefix(rawValue), let dot = name.firstIndex(of: ".") else { return false }
        let number = name[..<dot].dropFirst(rawValue.count)
        let isNumbered = self == .profile && number.first == "-" && Int(number.dropFirst()) != nil
        return (number.isEmpty || isNumbered) && Self.endings.contains(String(name[dot...]))
    }

    /// A mark of what ended a process is no less of the store that it was at.
    private static let endings: Set = [".sqlite", ".sqlite-wal", ".sqlite-shm", ".sqlite-journal", ".inflight"]

    /// Whether it refuses a log from which something is gone that it has not read.
    var readsEverything: Bool { self == .profile }
}
