import Glibc
import ServiceKit

/// Where one instance keeps everything, and which files of it `kith` itself uses.
struct DataDirectory: Sendable, Equatable {
    let path: String

    init(_ path: String) {
        self.path = path
    }

    var keysFile: String { "\(path)/keys.json" }
    var readyFile: String { "\(path)/ready.json" }
    var lockFile: String { "\(path)/up.lock" }
    var logDirectory: String { "\(path)/log" }
    var sampleDirectory: String { "\(path)/sample" }
    /// Stands in the sample's directory once all of it is loaded.
    var sampleMark: String { "\(sampleDirectory)/loaded" }

    func output(of service: ServiceName) -> String { "\(path)/logs/\(service.rawValue).log" }
    func portFile(of service: ServiceName) -> String { "\(path)/run/\(service.rawValue).port" }
    func processFile(of service: ServiceName) -> String { "\(path)/run/\(service.rawValue).pid" }

    /// Makes the directory and what `up` needs in it.
    func prepared() throws(CommandError) -> DataDirectory {
        try Files.makeDirectory(path, mode: 0o750)
        let whole = DataDirectory(Files.absolute(path))
        try Files.makeDirectory("\(whole.path)/logs", mode: 0o750)
        try Files.makeDirectory("\(whole.path)/run", mode: 0o750)
        return whole
    }

    /// Refuses to go on with half a backup.
    func refuseUnfinishedRestore() throws(CommandError) {
        do throws(UnfinishedRestore) {
            try UnfinishedRestore.refuse(in: path)
        } catch {
            throw CommandError(.failure, error.description)
        }
    }
}

/// Holds the directory for one `kith up` or `kith restore`; the system lets go of it when the process ends, however that happens.
enum DirectoryLock {
    /// Does something while nobody else has the directory.
    static func held(on directory: DataDirectory, _ body: () async throws -> Void) async throws {
        let descriptor = try taken(directory)
        defer {
            // A child process that is just being started has a copy of the descriptor, which would hold the lock on.
            flock(descriptor, LOCK_UN)
            close(descriptor)
        }
        try await body()
    }

    /// The lock file, which is locked for as long as it is open, and says who has it.
    private static func taken(_ directory: DataDirectory) throws(CommandError) -> Int32 {
        let descriptor = open(directory.lockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw Files.problem("Could not open \(directory.lockFile)") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let error = refusal(directory)
            close(descriptor)
            throw error
        }
        ftruncate(descriptor, 0)
        let text = Array("\(getpid())\n".utf8)
        _ = write(descriptor, text, text.count)
        return descriptor
    }

    private static func refusal(_ directory: DataDirectory) -> CommandError {
        let bytes = (try? Files.read(directory.lockFile)).flatMap { $0 } ?? []
        let holder = String(decoding: bytes, as: UTF8.self).prefix { $0 != "\n" }
        let who = holder.isEmpty ? "" : " (process \(holder))"
        return CommandError(
            .failure,
            "Another “kith up” or “kith restore”\(who) is already running on \(directory.path).",
            remedy: "Stop that one first, or choose another directory with --data."
        )
    }
}
