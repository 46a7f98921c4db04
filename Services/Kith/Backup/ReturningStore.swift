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

    /// Whether it refuses a log from which something is gone that it has not read.
    var readsEverything: Bool { self == .profile }
}
