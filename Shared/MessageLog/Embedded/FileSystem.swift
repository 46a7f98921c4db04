/// The few operations the embedded log asks of a file system, so that tests can answer with one that loses and tears
/// writes.
protocol FileSystem: Sendable {
    /// Makes the directory and those above it; not an error if it is there.
    func makeDirectory(_ path: String) throws(FileError)
    /// The names in a directory, unordered.
    func list(_ path: String) throws(FileError) -> [String]
    /// Opens a file; `create` makes it, empty, whether or not it was there.
    func open(_ path: String, _ access: FileAccess) throws(FileError) -> any File
    /// Gives a file another name, replacing what had it.
    func rename(_ path: String, to other: String) throws(FileError)
    /// Removes a file's name.
    func remove(_ path: String) throws(FileError)
    /// Makes the names in a directory durable.
    func syncDirectory(_ path: String) throws(FileError)
    /// Takes the lock, which lasts until the answer is released; `EWOULDBLOCK` if another holds it.
    func lock(_ path: String) throws(FileError) -> any FileLock
    /// Takes the lock of a file that is there, once nobody else holds it.
    func waitForLock(_ path: String) throws(FileError) -> any FileLock
}

/// How a file is to be opened.
enum FileAccess {
    case read
    case write
    case create
}

/// An open file; it closes when nothing refers to it any more.
protocol File: AnyObject, Sendable {
    /// The file's size in bytes.
    func size() throws(FileError) -> Int
    /// Whether the name by which it was opened still stands for this file.
    func isLinked() throws(FileError) -> Bool
    /// Reads as many bytes as there are, at most the buffer's, and says how many.
    func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) throws(FileError) -> Int
    /// Writes all bytes, or throws with some of them written.
    func write(_ bytes: UnsafeRawBufferPointer, at position: Int) throws(FileError)
    /// Sets the file's size.
    func truncate(to size: Int) throws(FileError)
    /// Makes the content and size durable.
    func sync() throws(FileError)
}

/// A lock that is held.
protocol FileLock: AnyObject, Sendable {}

/// What the operating system answered instead of doing it.
struct FileError: Error, Equatable {
    var operation: String
    var path: String
    var errno: Int32
}

extension File {
    /// The bytes from `position` on, at most `count`.
    func bytes(at position: Int, count: Int) throws(FileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var failure: FileError?
        var got = 0
        bytes.withUnsafeMutableBytes { buffer in
            do throws(FileError) { got = try read(into: buffer, at: position) } catch { failure = error }
        }
        if let failure { throw failure }
        return got == count ? bytes : Array(bytes.prefix(got))
    }

    /// Writes all of the bytes at `position`.
    func write(_ bytes: [UInt8], at position: Int) throws(FileError) {
        var failure: FileError?
        bytes.withUnsafeBytes { buffer in
            do throws(FileError) { try write(buffer, at: position) } catch { failure = error }
        }
        if let failure { throw failure }
    }
}

extension FileSystem {
    /// Makes a file appear under its name whole and durable, or not at all.
    func place(_ bytes: [UInt8], at path: String, in directory: String) throws(FileError) -> any File {
        let draft = path + LanePaths.draft
        let file = try open(draft, .create)
        try file.write(bytes, at: 0)
        try file.sync()
        try rename(draft, to: path)
        try syncDirectory(directory)
        return file
    }
}
