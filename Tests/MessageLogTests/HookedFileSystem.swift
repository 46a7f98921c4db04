@testable import MessageLog

/// Another file system, with something happening in between.
struct HookedFileSystem: FileSystem {
    var files: any FileSystem = POSIXFileSystem()
    /// Called with the path before a file is opened to be read.
    var beforeReading: @Sendable (String) -> Void = { _ in }
    /// Called before a file is made durable.
    var beforeSync: @Sendable () -> Void = {}
    /// What a listing answers instead.
    var listing: @Sendable ([String]) -> [String] = { $0 }

    func makeDirectory(_ path: String) throws(FileError) { try files.makeDirectory(path) }

    func list(_ path: String) throws(FileError) -> [String] { listing(try files.list(path)) }

    func open(_ path: String, _ access: FileAccess) throws(FileError) -> any File {
        if case .read = access { beforeReading(path) }
        return HookedFile(file: try files.open(path, access), beforeSync: beforeSync)
    }

    func rename(_ path: String, to other: String) throws(FileError) { try files.rename(path, to: other) }

    func remove(_ path: String) throws(FileError) { try files.remove(path) }

    func syncDirectory(_ path: String) throws(FileError) { try files.syncDirectory(path) }

    func lock(_ path: String) throws(FileError) -> any FileLock { try files.lock(path) }

    func waitForLock(_ path: String) throws(FileError) -> any FileLock { try files.waitForLock(path) }
}

/// A file of another file system, with something happening in between.
private final class HookedFile: File {
    private let file: any File
    private let beforeSync: @Sendable () -> Void

    init(file: any File, beforeSync: @escaping @Sendable () -> Void) {
        self.file = file
        self.beforeSync = beforeSync
    }

    func size() throws(FileError) -> Int { try file.size() }

    func isLinked() throws(FileError) -> Bool { try file.isLinked() }

    func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) throws(FileError) -> Int {
        try file.read(into: buffer, at: position)
    }

    func write(_ bytes: UnsafeRawBufferPointer, at position: Int) throws(FileError) {
        try file.write(bytes, at: position)
    }

    func truncate(to size: Int) throws(FileError) { try file.truncate(to: size) }

    func sync() throws(FileError) {
        beforeSync()
        try file.sync()
    }
}
