@testable import MessageLog

/// Another file system, with something happening in between.
struct HookedFileSystem: FileSystem {
    var files: any FileSystem = POSIXFileSystem()
    /// Called with the path before a file is opened to be read.
    var beforeReading: @Sendable (String) -> Void = { _ in }
    /// What a listing answers instead.
    var listing: @Sendable ([String]) -> [String] = { $0 }

    func makeDirectory(_ path: String) throws(FileError) { try files.makeDirectory(path) }

    func list(_ path: String) throws(FileError) -> [String] { listing(try files.list(path)) }

    func open(_ path: String, _ access: FileAccess) throws(FileError) -> any File {
        if case .read = access { beforeReading(path) }
        return try files.open(path, access)
    }

    func rename(_ path: String, to other: String) throws(FileError) { try files.rename(path, to: other) }

    func remove(_ path: String) throws(FileError) { try files.remove(path) }

    func syncDirectory(_ path: String) throws(FileError) { try files.syncDirectory(path) }

    func lock(_ path: String) throws(FileError) -> any FileLock { try files.lock(path) }

    func waitForLock(_ path: String) throws(FileError) -> any FileLock { try files.waitForLock(path) }
}
