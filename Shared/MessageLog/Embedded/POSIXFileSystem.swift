import Glibc

/// The operating system's files.
struct POSIXFileSystem: FileSystem {
    func makeDirectory(_ path: String) throws(FileError) {
        if mkdir(path, 0o700) == 0 {
            try syncDirectory(Self.parent(of: path))
        } else if errno == ENOENT, Self.parent(of: path) != path {
            try makeDirectory(Self.parent(of: path))
            try makeDirectory(path)
        } else if errno != EEXIST {
            throw FileError("mkdir", path)
        }
    }

    func list(_ path: String) throws(FileError) -> [String] {
        guard let directory = opendir(path) else { throw FileError("opendir", path) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    func open(_ path: String, _ access: FileAccess) throws(FileError) -> any File {
        let flags =
            switch access {
            case .read: O_RDONLY
            case .write: O_RDWR
            case .create: O_RDWR | O_CREAT | O_TRUNC
            }
        let descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError("open", path) }
        return POSIXFile(descriptor: descriptor, path: path)
    }

    func rename(_ path: String, to other: String) throws(FileError) {
        guard Glibc.rename(path, other) == 0 else { throw FileError("rename", path) }
    }

    func remove(_ path: String) throws(FileError) {
        guard unlink(path) == 0 else { throw FileError("unlink", path) }
    }

    func syncDirectory(_ path: String) throws(FileError) {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open", path) }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileError("fsync", path) }
    }

    func lock(_ path: String) throws(FileError) -> any FileLock {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError("open", path) }
        let file = POSIXFile(descriptor: descriptor, path: path)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw FileError("flock", path) }
        // Who has it is for people to read: a disk that is full must not keep from opening what needs no more room.
        try? file.write(Array("\(Self.padded(getpid()))\n".utf8), at: 0)
        return file
    }

    func waitForLock(_ path: String) throws(FileError) -> any FileLock {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open", path) }
        let file = POSIXFile(descriptor: descriptor, path: path)
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw FileError("flock", path) }
        }
        return file
    }

    /// As long as any other, so that nothing is left of the one before.
    private static func padded(_ number: pid_t) -> String {
        let digits = "\(number)"
        return String(repeating: "0", count: max(0, 10 - digits.utf8.count)) + digits
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

/// A file descriptor, closed with the last reference.
final class POSIXFile: File, FileLock {
    let descriptor: Int32
    let path: String

    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit {
        // A child process that is just being started has a copy of the descriptor, which would hold a lock on.
        flock(descriptor, LOCK_UN)
        Glibc.close(descriptor)
    }

    func size() throws(FileError) -> Int { Int(try status().st_size) }

    func isLinked() throws(FileError) -> Bool {
        var named = stat()
        guard stat(path, &named) == 0 else {
            if errno == ENOENT { return false }
            throw FileError("stat", path)
        }
        // Not the count of links: a backup may have made one of its own.
        let own = try status()
        return own.st_ino == named.st_ino && own.st_dev == named.st_dev
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) throws(FileError) -> Int {
        var done = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = pread(descriptor, rest.baseAddress, rest.count, off_t(position + done))
            if count == 0 { break }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw FileError("pread", path) }
            done += count
        }
        return done
    }

    func write(_ bytes: UnsafeRawBufferPointer, at position: Int) throws(FileError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = pwrite(descriptor, rest.baseAddress, rest.count, off_t(position + done))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw FileError("pwrite", path) }
            done += count
        }
    }

    func truncate(to size: Int) throws(FileError) {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw FileError("ftruncate", path) }
    }

    func sync() throws(FileError) {
        guard fdatasync(descriptor) == 0 else { throw FileError("fdatasync", path) }
    }

    private func status() throws(FileError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError("fstat", path) }
        return status
    }
}

extension FileError {
    /// The error the last call on `path` left behind.
    fileprivate init(_ operation: String, _ path: String) {
        self.init(operation: operation, path: path, errno: Glibc.errno)
    }
}
