import Crypto
import Events
import Glibc

/// A folder with a whole backup: its files, and last of all `backup.json`, which names each with its size and SHA-256.
struct BackupFolder: Sendable {
    static let manifest = "backup.json"

    /// One file of it.
    struct Entry: Sendable, Equatable {
        /// Below the folder.
        var path: String
        var bytes: Int
        var hash: String
    }

    let path: String
    /// Is told of every byte that is copied or checked.
    let progress: CopyProgress?

    init(_ path: String, progress: CopyProgress? = nil) {
        self.path = path
        self.progress = progress
    }

    // MARK: Writing

    /// Copies a file into the folder; `nil` if there is no such file any more.
    func take(_ source: String, as name: String) throws(CommandError) -> Entry? {
        let copy = FileCopy(from: source, to: "\(path)/\(name)", progress: progress)
        guard let (bytes, hash) = try copy.run() else { return nil }
        return Entry(path: name, bytes: bytes, hash: hash)
    }

    /// Says that it is whole, and of what time.
    func seal(_ entries: [Entry], at time: Timestamp) throws(CommandError) {
        try Self.write(entries, of: time, to: "\(path)/\(Self.manifest)")
    }

    /// Writes a manifest, wherever it is.
    static func write(_ entries: [Entry], of time: Timestamp, to manifest: String) throws(CommandError) {
        let bytes = JSONWriter.object { writer in
            writer.field("version", 1)
            writer.field("time", time)
            writer.objects("files", of: entries.sorted(by: { $0.path < $1.path })) { entry, writer in
                writer.field("path", entry.path)
                writer.field("bytes", entry.bytes)
                writer.field("sha256", entry.hash)
            }
        }
        try Files.write(bytes + [UInt8(ascii: "\n")], to: manifest, mode: 0o600)
    }

    // MARK: Reading

    /// The files of a whole backup, and its time.
    func contents() throws(CommandError) -> (entries: [Entry], time: Timestamp) {
        guard let contents = try Self.contents(of: "\(path)/\(Self.manifest)") else {
            throw CommandError(
                .notFound,
                "\(path) is no whole backup: it has no \(Self.manifest).",
                remedy: Self.remedy
            )
        }
        return contents
    }

    private static let remedy = "Give the folder of a backup that “kith backup” finished."

    /// What a manifest says, wherever it is; `nil` if there is none.
    static func contents(of manifest: String) throws(CommandError) -> (entries: [Entry], time: Timestamp)? {
        guard let text = try Files.read(manifest) else { return nil }
        guard let root = try? JSONDocument(text, limits: JSONLimits(depth: 8, nodes: 4_000_000)).root,
            root["version"]?.int64 == 1, let time = root["time"]?.string.flatMap({ Timestamp($0) })
        else { throw CommandError(.failure, "\(manifest) is not what this version writes.", remedy: remedy) }
        var entries: [Entry] = []
        for file in root.list("files") {
            guard let name = file["path"]?.string, let bytes = file["bytes"]?.int64, let hash = file["sha256"]?.string,
                !name.hasPrefix("/"), !name.split(separator: "/").contains("..")
            else { throw CommandError(.failure, "\(manifest) is damaged.", remedy: remedy) }
            entries.append(Entry(path: name, bytes: Int(bytes), hash: hash))
        }
        return (entries, time)
    }

    /// Refuses files that are not what they were.
    func check(_ entries: [Entry]) throws(CommandError) {
        progress?.begin("checking", bytes: entries.reduce(0) { $0 + $1.bytes })
        for entry in entries { try check(entry) }
    }

    /// Refuses a file that is not what it was.
    func check(_ entry: Entry) throws(CommandError) {
        let found = try FileCopy(from: "\(path)/\(entry.path)", to: nil, progress: progress).run()
        guard let found, found.bytes == entry.bytes, found.hash == entry.hash else {
            throw CommandError(
                .failure,
                "The backup is damaged: \(entry.path) is not what was backed up.",
                remedy: "Use another backup."
            )
        }
    }
}

/// Copies a file, or only reads it, and says how many bytes it has and what their SHA-256 is.
struct FileCopy {
    let source: String
    let target: String?
    let progress: CopyProgress?

    init(from source: String, to target: String?, progress: CopyProgress? = nil) {
        self.source = source
        self.target = target
        self.progress = progress
    }

    /// `nil` if there is no such file; what was copied is on the disk.
    func run() throws(CommandError) -> (bytes: Int, hash: String)? {
        let input = open(source, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else {
            if errno == ENOENT { return nil }
            throw Files.problem("Could not read \(source)")
        }
        defer { close(input) }
        guard let target else { return try pump(input, into: nil) }
        try Files.makeDirectory(Files.parent(of: target), mode: 0o750)
        let output = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw Files.problem("Could not write \(target)") }
        defer { close(output) }
        let outcome = try pump(input, into: output)
        guard fsync(output) == 0 else { throw Files.problem("Could not write \(target)") }
        try Files.syncDirectory(Files.parent(of: target))
        return outcome
    }

    private func pump(_ input: Int32, into output: Int32?) throws(CommandError) -> (bytes: Int, hash: String) {
        var (hash, total) = (SHA256(), 0)
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            guard !Task.isCancelled else { throw .brokenOff }
            let count = read(input, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Files.problem("Could not read \(source)") }
            guard count > 0 else { break }
            hash.update(data: buffer[..<count])
            total += count
            if let output, !Files.writeAll(buffer[..<count], to: output) {
                throw Files.problem("Could not write \(target ?? "")")
            }
            progress?.add(count)
        }
        return (total, Hexadecimal.encode(hash.finalize()))
    }
}
