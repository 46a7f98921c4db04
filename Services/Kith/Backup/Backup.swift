import ArgumentParser
import Events
import MessageLog
import ServiceKit
import Topics

/// Copies everything that an instance knows while it runs.
struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy the log and the stores of a running instance into a new folder.",
        discussion: """
            Nothing is held up, and what was acknowledged before is in the copy. It has what is in the data directory, \
            with its keys and its persons: keep it as safe as that. “kith restore” makes a data directory of it again.

            EXAMPLES:
              kith backup /backup/2026-01-31
            """
    )

    @OptionGroup var options: InstanceOptions

    @Argument(help: "The folder to make.", completion: .directory)
    var folder: String

    func run() async throws {
        let instance = try options.instance()
        let data = DataDirectory(options.data)
        guard try Environment.secret("KITH_LOG") == nil else {
            throw CommandError(
                .notFound,
                "The log is on the NATS servers that KITH_LOG names, and not in \(options.data).",
                remedy: "Back it up with their tools, and the stores beside it."
            )
        }
        guard Files.isDirectory(data.logDirectory) else {
            throw CommandError(
                .notFound,
                "There is no log in \(options.data).",
                remedy: "Give the data directory with --data; a log on NATS servers is backed up by their tools."
            )
        }
        guard try Files.makeDirectory(folder, mode: 0o700) else {
            throw CommandError(.failure, "\(folder) is there already.", remedy: "Give a folder that is to be made.")
        }
        let progress = CopyProgress("Backing up")
        defer { progress.finish() }
        let entries: [BackupFolder.Entry]
        do {
            let run = BackupRun(instance: instance, data: data, folder: BackupFolder(folder, progress: progress))
            entries = try await Signals.cancelling { try await run.run() }
        } catch {
            // Half a backup is none, and would be in the way of the next one.
            Files.removeTree(folder)
            throw error
        }
        progress.finish()
        let bytes = entries.reduce(Int64(0)) { $0 + Int64($1.bytes) }
        Terminal.errors.line("\(Shown.count(Int64(entries.count))) files, \(Shown.bytes(bytes)), are in \(folder).")
    }
}

/// The steps of a backup, in the one order that is right.
///
/// A store must never be ahead of the log that it was made from, so the stores are copied first and the log after them. What
/// consumers have said of their progress comes before both: retention goes by it, and must not think that they are further.
struct BackupRun {
    let instance: Instance
    let data: DataDirectory
    let folder: BackupFolder
    /// What was done before is in the backup.
    private let time = SystemClock.now()
    private var name: String { BackupStaging.name(at: time) }

    init(instance: Instance, data: DataDirectory, folder: BackupFolder) {
        self.instance = instance
        self.data = data
        self.folder = folder
    }

    func run() async throws -> [BackupFolder.Entry] {
        let bytes = try lanes().reduce(0) { try $0 + size(of: $1) }
        folder.progress?.begin("", bytes: bytes)
        var entries = try copy(try progress())
        entries += try await stores()
        folder.progress?.begin("log")
        for lane in try lanes() { entries += try copied(lane) }
        entries += try copy(try others())
        try folder.seal(entries, at: time)
        return entries
    }

    private func copy(_ names: [String]) throws(CommandError) -> [BackupFolder.Entry] {
        try copy(names, from: data.path)
    }

    private func copy(_ names: [String], from directory: String) throws(CommandError) -> [BackupFolder.Entry] {
        var entries: [BackupFolder.Entry] = []
        for name in names {
            if let entry = try folder.take("\(directory)/\(name)", as: name) { entries.append(entry) }
        }
        return entries
    }

    private func progress() throws(CommandError) -> [String] {
        var names: [String] = []
        for topic in try Files.list(data.logDirectory) {
            let consumers = "log/\(topic)/consumers"
            names += try Files.list("\(data.path)/\(consumers)").map { "\(consumers)/\($0)" }
        }
        return names.filter { !$0.hasSuffix(".new") }
    }

    /// Has each service copy its own store, and takes the copies over.
    private func stores() async throws -> [BackupFolder.Entry] {
        BackupStaging.removeAbandoned(in: data.path)
        guard let hold = BackupHold.take(data.path) else { throw Files.problem("Could not lock \(data.path)") }
        let staging = "\(data.path)/backups/\(name)"
        defer {
            Files.removeTree(staging)
            withExtendedLifetime(hold) {}
        }
        for service in [ServiceName.profile, .connector, .notifier] {
            let api = try await instance.answeringAPI(service, .admin)
            folder.progress?.begin("\(service.rawValue).sqlite")
            try await api.send("PUT", "/v1/backups/\(name)", deadline: .seconds(6 * 3600))
        }
        let files = try Files.list(staging).filter { $0.hasSuffix(".sqlite") }
        guard files.count == 3 else {
            throw CommandError(
                .failure,
                "The services have put their copies somewhere else than in \(staging).",
                remedy: "Run this on the machine of the services, with their data directory."
            )
        }
        folder.progress?.begin("stores", bytes: files.reduce(0) { $0 + Files.size("\(staging)/\($1)") })
        return try copy(files, from: staging)
    }

    // MARK: The log

    private func lanes() throws(CommandError) -> [String] {
        var names: [String] = []
        for topic in try Files.list(data.logDirectory) {
            for lane in try Files.list("\(data.logDirectory)/\(topic)") where lane != "consumers" {
                names.append("log/\(topic)/\(lane)")
            }
        }
        return names
    }

    /// Copies a lane as it was at one moment: again if a file of it was written, replaced or removed meanwhile.
    func copied(_ lane: String) throws(CommandError) -> [BackupFolder.Entry] {
        for _ in 0..<20 {
            // The head first: what lies below it is then in the segments, whatever is appended meanwhile.
            let head = try copy(["\(lane)/head"])
            // A lane without one is only being made, and nothing in it was acknowledged.
            guard !head.isEmpty else { return [] }
            if try hasWholeHead(lane), let segments = try copiedSegments(of: lane) { return head + segments }
            Files.removeTree("\(folder.path)/\(lane)")
        }
        throw CommandError(
            .failure,
            "\(lane) cannot be copied: it is being rewritten all the time, or damaged.",
            remedy: "Try again later."
        )
    }

    private func hasWholeHead(_ lane: String) throws(CommandError) -> Bool {
        EmbeddedLog.isWhole(head: try Files.read("\(folder.path)/\(lane)/head") ?? [])
    }

    /// `nil` if one of them was replaced or removed meanwhile.
    private func copiedSegments(of lane: String) throws(CommandError) -> [BackupFolder.Entry]? {
        let before = identities(of: try segments(of: lane), lane)
        let entries = try copy(before.keys.sorted().map { "\(lane)/\($0)" })
        return identities(of: Array(before.keys), lane) == before ? entries : nil
    }

    private func size(of lane: String) throws(CommandError) -> Int {
        try segments(of: lane).reduce(0) { $0 + Files.size("\(data.path)/\(lane)/\($1)") }
    }

    private func segments(of lane: String) throws(CommandError) -> [String] {
        try Files.list("\(data.path)/\(lane)").filter { $0.hasSuffix(".seg") }
    }

    private func identities(of names: [String], _ lane: String) -> [String: UInt64?] {
        Dictionary(uniqueKeysWithValues: names.map { ($0, Files.identity("\(data.path)/\(lane)/\($0)")) })
    }

    // MARK: The rest

    /// What people have written and the first keys; not what is made again by itself.
    func others() throws(CommandError) -> [String] {
        let own = [DataDirectory("").readyFile, DataDirectory("").lockFile].map { String($0.dropFirst()) }
        let files = try Files.list(data.path).filter { name in
            !own.contains(name) && !name.contains(".sqlite") && !name.hasSuffix(".inflight") && !name.hasSuffix(".new")
                && !Files.isHollow("\(data.path)/\(name)")
        }
        return files + (try tree("connectors"))
    }

    private func tree(_ folder: String) throws(CommandError) -> [String] {
        var names: [String] = []
        for name in try Files.list("\(data.path)/\(folder)") {
            let path = "\(folder)/\(name)"
            if Files.isDirectory("\(data.path)/\(path)") { names += try tree(path) }
            if !Files.isHollow("\(data.path)/\(path)") { names.append(path) }
        }
        return names
    }
}
