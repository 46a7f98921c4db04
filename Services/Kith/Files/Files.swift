import Glibc

/// The few things this program does with files.
enum Files {
    /// The file's bytes, or `nil` when there is no such file.
    static func read(_ path: String) throws(CommandError) -> [UInt8]? {
        guard let file = fopen(path, "re") else {
            if errno == ENOENT { return nil }
            throw problem("Could not read \(path)")
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 {
            bytes += chunk[..<count]
        }
        guard ferror(file) == 0 else { throw problem("Could not read \(path)") }
        return bytes
    }

    /// Writes a file that appears whole or not at all, and stays.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o644) throws(CommandError) {
        let draft = "\(path).new"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw problem("Could not write \(path)") }
        let isWritten = writeAll(bytes[...], to: descriptor) && fsync(descriptor) == 0
        close(descriptor)
        guard isWritten, rename(draft, path) == 0 else { throw problem("Could not write \(path)") }
        try syncDirectory(parent(of: path))
    }

    /// Makes the names in a directory survive a power cut, where the file system has such a thing.
    static func syncDirectory(_ path: String) throws(CommandError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw problem("Could not open \(path)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw problem("Could not write \(path)") }
    }

    /// Makes the directory and those above it, where they do not exist; says whether this one is new.
    @discardableResult
    static func makeDirectory(_ path: String, mode: mode_t = 0o755) throws(CommandError) -> Bool {
        if try makesDirectory(path, mode) { return true }
        if errno == ENOENT, parent(of: path) != path {
            try makeDirectory(parent(of: path), mode: mode)
            if try makesDirectory(path, mode) { return true }
        }
        guard errno == EEXIST, isDirectory(path) else { throw problem("Could not make the directory \(path)") }
        return false
    }

    /// Makes one directory that stays; `errno` says why not.
    private static func makesDirectory(_ path: String, _ mode: mode_t) throws(CommandError) -> Bool {
        guard mkdir(path, mode) == 0 else { return false }
        try syncDirectory(parent(of: path))
        return true
    }

    static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    static func size(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether it is there and has no contents of its own, such as a directory or what others talk through.
    static func isHollow(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
    }

    /// The path from the root, with links followed where the file exists.
    static func absolute(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else {
            return path.hasPrefix("/") ? path : "\(absolute("."))/\(path)"
        }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    static func remove(_ path: String) {
        unlink(path)
    }

    /// The names in a directory, sorted; none when there is no such directory.
    static func list(_ path: String) throws(CommandError) -> [String] {
        guard let directory = opendir(path) else {
            if errno == ENOENT || errno == ENOTDIR { return [] }
            throw problem("Could not read \(path)")
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Which file a name stands for at present: another one once it was replaced; `nil` when there is none.
    static func identity(_ path: String) -> UInt64? {
        var status = stat()
        return stat(path, &status) == 0 ? UInt64(status.st_ino) : nil
    }

    /// Removes a directory with all that is in it, as far as that can be done.
    static func removeTree(_ path: String) {
        for name in (try? list(path)) ?? [] {
            let inner = "\(path)/\(name)"
            if isDirectory(inner) { removeTree(inner) } else { unlink(inner) }
        }
        rmdir(path)
    }

    /// What went wrong with a file, in the system's words.
    static func problem(_ what: String) -> CommandError {
        CommandError(.failure, "\(what): \(String(cString: strerror(errno))).")
    }

    /// The directory that a file or directory is in.
    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func writeAll(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
