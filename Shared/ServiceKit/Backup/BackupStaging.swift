public import Events
import FoundationEssentials
import Glibc

/// The copies of stores that a backup needs for a while, in `backups/kith-…` of the data directory.
///
/// Nobody who is forgotten is taken out of them, so they must not outlive the backup, however it ends. While it is made it holds
/// the data directory (``BackupHold``); what is there while nobody does was left behind.
public enum BackupStaging {
    private static let prefix = "kith-"

    /// What the copies for a backup that is begun now are called.
    public static func name(at time: Timestamp) -> String { "\(prefix)\(time.microseconds)" }

    /// Removes what was left behind, as far as that can be done; nothing while a backup is made.
    public static func removeAbandoned(in data: String) {
        guard let hold = BackupHold.take(data, LOCK_EX | LOCK_NB) else { return }
        defer { withExtendedLifetime(hold) {} }
        let folder = "\(data)/backups"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names where name.hasPrefix(prefix) {
            try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
    }
}

/// Holds a data directory of which a backup is made, for as long as this object lives.
///
/// The system lets go of it when the process ends, however that happens.
public final class BackupHold: Sendable {
    private let descriptor: Int32

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        // A child process that is just being started has a copy of the descriptor, which would hold the lock on.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Holds the directory, beside other backups; `nil` if it cannot be opened or locked.
    public static func take(_ data: String) -> BackupHold? { take(data, LOCK_SH) }

    /// Locks the directory itself: whoever may read it can do that, whose ever its files are.
    fileprivate static func take(_ data: String, _ operation: Int32) -> BackupHold? {
        let descriptor = open(data, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        while flock(descriptor, operation) != 0 {
            guard errno == EINTR else {
                close(descriptor)
                return nil
            }
        }
        return BackupHold(descriptor: descriptor)
    }
}
