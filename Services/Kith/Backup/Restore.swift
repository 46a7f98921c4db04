import ArgumentParser
import Events
import ServiceKit

/// Makes a data directory of a backup.
struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a data directory of a backup.",
        discussion: """
            Every file is checked first. The data directory must be empty but for files that are not Kith's; start the
            services afterwards. They refuse a directory that a restore did not finish; run it again, and it begins anew.

            EXAMPLES:
              kith restore /backup/2026-01-31 --data .kith
            """
    )

    @Option(help: ArgumentHelp("The data directory to make (KITH_DATA).", valueName: "dir"), completion: .directory)
    var data: String = InstanceOptions.defaultDirectory

    @Argument(help: "The folder that “kith backup” made.", completion: .directory)
    var folder: String

    func run() async throws {
        let backup = BackupFolder(folder)
        let entries = try backup.entries()
        let target = RestoreTarget(data)
        try target.refuseUsed(by: entries)
        for entry in entries { try backup.check(entry) }
        try Files.makeDirectory(data, mode: 0o750)
        try await DirectoryLock.held(on: DataDirectory(data)) {
            // Another may have been faster.
            try target.refuseUsed(by: entries)
            try target.begin(backup)
            for entry in entries { try target.take(entry, from: backup) }
            try target.finish()
        }
        Terminal.errors.line("\(Shown.count(Int64(entries.count))) files are restored to \(data).")
    }
}
