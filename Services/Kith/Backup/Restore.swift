import ArgumentParser
import Events
import ServiceKit

/// Makes a data directory of a backup.
struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a data directory of a backup.",
        discussion: """
            Every file is checked first. The data directory must be empty but for files that are not Kith’s; start the services
            afterwards.

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
        try refuseUsed()
        for entry in entries { try backup.check(entry) }
        try Files.makeDirectory(data, mode: 0o750)
        // The stores and the log last: a restore that is broken off leaves nothing that services would go on with.
        for entry in entries.filter({ !isState($0) }) + entries.filter(isState) {
            _ = try FileCopy(from: "\(folder)/\(entry.path)", to: "\(data)/\(entry.path)").run()
        }
        Terminal.output.line("\(Shown.count(Int64(entries.count))) files")
    }

    private func isState(_ entry: BackupFolder.Entry) -> Bool {
        entry.path.hasPrefix("log/") || entry.path.hasSuffix(".sqlite")
    }

    private func refuseUsed() throws(CommandError) {
        let used = try Files.list(data).filter { $0 == "log" || $0.contains(".sqlite") || $0 == "suppression.key" }
        guard used.isEmpty else {
            throw CommandError(
                .failure,
                "\(data) is in use: it has \(used.joined(separator: ", ")).",
                remedy: "Restore into an empty directory, and put that in its place."
            )
        }
    }
}
