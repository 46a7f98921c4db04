import ArgumentParser
import Events
import ServiceKit

/// Makes a data directory of a backup.
struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a data directory of a backup.",
        discussion: """
            Every file is checked first. The data directory must be empty but for files that are not Kith's; start the \
            services afterwards. They refuse a directory that a restore did not finish; run it again, and it begins \
            anew.

            With --store only a store goes back to the backup, in a directory on which nothing runs, as when an older \
            version refuses the form that a newer one has given it. The log stays: when the services are started, the \
            store takes in again what came since, what was sent is not sent again, and who was forgotten since is so \
            again before anybody is answered. The store of connector cannot go back alone: what it has delivered is \
            known nowhere else.

            EXAMPLES:
              kith restore /backup/2026-01-31 --data .kith
              kith restore /backup/2026-01-31 --data .kith --store profile
            """
    )

    @Option(help: ArgumentHelp("The data directory to make (KITH_DATA).", valueName: "dir"), completion: .directory)
    var data: String = InstanceOptions.defaultDirectory

    @Option(
        name: .customLong("store"),
        help: ArgumentHelp("Only this store, and keep the log; may be given for each of them.", valueName: "service")
    )
    var stores: [ReturningStore] = []

    @Argument(help: "The folder that “kith backup” made.", completion: .directory)
    var folder: String

    func run() async throws {
        let backup = BackupFolder(folder, progress: CopyProgress("Restoring"))
        defer { backup.progress?.finish() }
        let (entries, time) = try backup.contents()
        if stores.isEmpty {
            try await restoreAll(entries, of: time, from: backup)
        } else {
            try await restoreStores(Set(stores), among: entries, of: time, from: backup)
        }
    }

    // MARK: All of it

    private func restoreAll(
        _ entries: [BackupFolder.Entry],
        of time: Timestamp,
        from backup: BackupFolder
    ) async throws {
        let target = RestoreTarget(data)
        try target.refuseUsed(by: entries)
        try backup.check(entries)
        try Files.makeDirectory(data, mode: 0o750)
        try await DirectoryLock.held(on: DataDirectory(data)) {
            // Another may have been faster.
            try target.refuseUsed(by: entries)
            try target.take(entries, of: time, from: backup)
        }
        Terminal.errors.line("\(Shown.count(Int64(entries.count))) files are restored to \(data).")
    }

    // MARK: Stores only

    private func restoreStores(
        _ stores: Set<ReturningStore>,
        among entries: [BackupFolder.Entry],
        of time: Timestamp,
        from backup: BackupFolder
    ) async throws {
        let files = Set(stores.map(\.file))
        let entries = entries.filter { files.contains($0.path) }
        if let missing = files.subtracting(entries.map(\.path)).min() {
            throw CommandError(.notFound, "The backup has no \(missing).")
        }
        let log = KeptLog(data: DataDirectory(data), backup: backup)
        guard Files.isDirectory(log.data.logDirectory) else {
            throw CommandError(.notFound, "There is no log in \(data).")
        }
        let target = RestoreTarget(data)
        try backup.check(entries)
        try await DirectoryLock.held(on: log.data) {
            try target.refuseUnfinished(besides: entries)
            try await log.refuseUnfit(for: stores)
            try target.take(entries, of: time, from: backup, inPlaceOf: stores)
        }
        Terminal.errors.line("\(files.sorted().joined(separator: " and ")) restored to \(data); its log is as it was.")
        if stores.contains(.profile) { try await tellOfForgotten(since: time, in: log) }
    }

    /// The store has them again until `profile` starts.
    private func tellOfForgotten(since time: Timestamp, in log: KeptLog) async throws {
        let count = try await log.forgotten(since: time)
        guard count > 0 else { return }
        Terminal.errors.line(
            """
            People forgotten since this backup: \(Shown.count(Int64(count))). When profile starts it takes them out of the \
            store before it answers, and then makes the store anew from the log.
            """
        )
    }
}
