import Crypto
import Events
import Glibc

/// An open file.
final class FileReader {
    private let descriptor: Int32
    let size: Int64
    let modified: Timestamp
    /// The inode: another one means another file of the same name.
    let number: UInt64

    init(path: String) throws(FileError) {
        // A pipe that nobody writes to would not be opened before somebody does.
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError(path: path, operation: "open", code: errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw FileError(path: path, operation: "read", code: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : ENOTSUP)
        }
        size = Int64(status.st_size)
        // As two integers: the compiler does not find timespec's members in a module that has resources.
        let (seconds, nanoseconds) = unsafeBitCast(status.st_mtim, to: (Int, Int).self)
        modified = Timestamp(microseconds: Int64(seconds) * 1_000_000 + Int64(nanoseconds) / 1000)
        number = UInt64(status.st_ino)
        self.path = path
    }

    private let path: String

    deinit {
        close(descriptor)
    }

    /// Whether the file was read to its end as it is now.
    func isUnchanged(since bookmark: FileBookmark?) -> Bool {
        guard let bookmark else { return false }
        return bookmark.size == size && bookmark.modified == modified.microseconds && bookmark.file == number
    }

    /// The bytes at an offset; fewer than asked for, or none, at the end.
    func read(_ count: Int, at offset: Int64) throws(FileError) -> [UInt8] {
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { space, filled in
            let result = pread(descriptor, space.baseAddress, count, off_t(offset))
            if result < 0 { code = errno }
            filled = max(0, result)
        }
        guard code == 0 else { throw FileError(path: path, operation: "read", code: code) }
        return bytes
    }

    /// The hash of the file's beginning; `nil` when it is shorter or cannot be read.
    ///
    /// Of a large file that takes a while: others have their turn meanwhile, and it ends with its task.
    func hash(upTo end: Int64) async throws(CancellationError) -> PrefixHash? {
        guard end <= size else { return nil }
        var hash = PrefixHash()
        while hash.end < end {
            await Task.yield()
            guard !Task.isCancelled else { throw CancellationError() }
            let count = Int(min(1 << 20, end - hash.end))
            guard let chunk = try? read(count, at: hash.end), !chunk.isEmpty else { return nil }
            hash.add(chunk)
            hash.advance(to: hash.end)
        }
        return hash
    }
}

/// A hash of a file's beginning, which tells whether it is still the same file.
struct PrefixHash {
    private var hash = SHA256()
    private var waiting: [UInt8] = []
    private var hashed: Int64 = 0

    /// Up to where bytes have been added.
    var end: Int64 { hashed + Int64(waiting.count) }

    mutating func add(_ bytes: [UInt8]) {
        waiting += bytes
    }

    /// Moves the end of what is hashed to an offset among the bytes added.
    mutating func advance(to offset: Int64) {
        let count = Int(offset - hashed)
        guard count > 0 else { return }
        hash.update(data: waiting[..<count])
        waiting.removeFirst(count)
        hashed = offset
    }

    /// Of the bytes up to the offset last moved to.
    var digest: String {
        let copy = hash
        return Hexadecimal.encode(copy.finalize())
    }
}

/// How far a file has been read, and what it was then.
struct FileBookmark: Equatable {
    var offset: Int64
    var digest: String
    /// -1 until the whole file has been read.
    var size: Int64
    var modified: Int64
    var file: UInt64
    var header: [String]

    init(offset: Int64, digest: String, size: Int64, modified: Int64, file: UInt64, header: [String]) {
        self.offset = offset
        self.digest = digest
        self.size = size
        self.modified = modified
        self.file = file
        self.header = header
    }

    init?(_ value: JSONValue) {
        guard case .number(let offset) = value["offset"], case .string(let digest) = value["digest"],
            case .number(let size) = value["size"], case .number(let modified) = value["modified"],
            case .string(let file) = value["file"], case .array(let header) = value["header"],
            let offset = offset.int64, let size = size.int64, let modified = modified.int64, let file = UInt64(file)
        else { return nil }
        self.init(
            offset: offset,
            digest: digest,
            size: size,
            modified: modified,
            file: file,
            header: header.compactMap { if case .string(let name) = $0 { name } else { nil } }
        )
    }

    var value: JSONValue {
        [
            "offset": .number(JSONNumber(offset)), "digest": .string(digest), "size": .number(JSONNumber(size)),
            "modified": .number(JSONNumber(modified)), "file": .string(String(file)),
            "header": .array(header.map(JSONValue.string)),
        ]
    }
}

/// Why a file cannot be read.
struct FileError: Error, Equatable, CustomStringConvertible {
    let path: String
    let operation: String
    let code: Int32

    /// Whether there is no such file.
    var isMissing: Bool { code == ENOENT }

    var description: String { "Could not \(operation) \(path): \(String(cString: strerror(code)))." }
}
