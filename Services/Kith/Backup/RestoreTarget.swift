import Events
import Glibc
import ServiceKit

/// The data directory that a backup is restored into.
///
/// While that is under way the backup's manifest stands in it as the mark of an ``UnfinishedRestore``: nothing starts on half a
/// backup, and whoever begins again knows what to remove.
struct RestoreTarget {
    let path: String

    init(_ path: String) {
        self.path = path
    }

    private var mark: String { UnfinishedRestore.mark(in: path) }

    /// Refuses a directory that has what would be written, or a log or a store, unless an unfinished restore has written it.
    func refuseUsed(by entries: [BackupFolder.Entry]) throws(CommandError) {
        let unfinished = try unfinished().map(\.path)
        let own = Set(unfinished + unfinished.map { String($0.prefix { $0 != "/" }) })
        let inTheWay = entries.map(\.path).filter { !isState($0) && Files.exists("\(path)/\($0)") }
        let used = Set(try Files.list(path).filter(isState) + inTheWay).subtracting(own).sorted()
        guard used.isEmpty else {
            throw CommandError(
                .failure,
                "\(path) is in use: it has \(used.joined(separator: ", ")).",
                remedy: "Restore into an empty directory, and put that in its place."
            )
        }
    }

    /// Refuses a directory in which a restore of more than these files was not finished.
    func refuseUnfinished(besides entries: [BackupFolder.Entry]) throws(CommandError) {
        let rest = Set(try unfinished().map(\.path)).subtracting(entries.map(\.path))
        if !rest.isEmpty { try DataDirectory(path).refuseUnfinishedRestore() }
    }

    /// Writes files of a backup, in place of stores if they are of these.
    func take(
        _ entries: [BackupFolder.Entry],
        of time: Timestamp,
        from backup: BackupFolder,
        inPlaceOf stores: Set<ReturningStore> = []
    ) throws(CommandError) {
        try begin(entries, of: time)
        for store in stores { try remove(store) }
        backup.progress?.begin("copying", bytes: entries.reduce(0) { $0 + $1.bytes })
        for entry in entries { try take(entry, from: backup) }
        backup.progress?.finish()
        try finish()
    }

    /// Removes what an unfinished restore has written, and says that this one, of these files, is not finished.
    func begin(_ entries: [BackupFolder.Entry], of time: Timestamp) throws(CommandError) {
        for entry in try unfinished() { remove(entry.path) }
        try BackupFolder.write(entries, of: time, to: mark)
    }

    /// Removes the files of a store, and of those that rebuilds have made of it.
    private func remove(_ store: ReturningStore) throws(CommandError) {
        for name in try Files.list(path) where store.has(name) { Files.remove("\(path)/\(name)") }
    }

    /// Copies a file of the backup.
    func take(_ entry: BackupFolder.Entry, from backup: BackupFolder) throws(CommandError) {
        let (source, copy) = ("\(backup.path)/\(entry.path)", "\(path)/\(entry.path)")
        _ = try FileCopy(from: source, to: copy, progress: backup.progress).run()
    }

    /// Says that all of it is there.
    private func finish() throws(CommandError) {
        Files.remove(mark)
        try Files.syncDirectory(path)
    }

    private func unfinished() throws(CommandError) -> [BackupFolder.Entry] {
        try BackupFolder.contents(of: mark)?.entries ?? []
    }

    /// Removes a file, and the directories that are empty without it.
    private func remove(_ name: String) {
        Files.remove("\(path)/\(name)")
        var rest = name[...]
        while let slash = rest.lastIndex(of: "/") {
            rest = rest[..<slash]
            rmdir("\(path)/\(rest)")
        }
    }

    private func isState(_ name: String) -> Bool {
        name == "log" || name.hasPrefix("log/") || name.contains(".sqlite") || name == "suppression.key"
    }
}
