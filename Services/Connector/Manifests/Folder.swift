import Glibc

/// What lies in a folder.
enum Folder {
    /// The names in it; none when there is no such folder.
    static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The text of a file.
    static func text(of path: String) throws(FileError) -> String {
        let file = try FileReader(path: path)
        return String(decoding: try file.read(Int(file.size), at: 0), as: UTF8.self)
    }

    /// The folder that this program lies in.
    static let ofProgram: String = {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(decoding: buffer.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }()

    /// Makes a folder and those that it is in.
    static func make(_ path: String, mode: mode_t = 0o755) throws(FileError) {
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
        if !parent.isEmpty, !exists(parent) { try make(parent, mode: mode) }
        guard mkdir(path, mode) == 0 || errno == EEXIST else {
            throw FileError(path: path, operation: "mkdir", code: errno)
        }
    }

    /// Puts another content into a file, which has the old or the new one whenever this ends.
    ///
    /// Who may read it stays as it was; a new one only its owner may.
    static func replace(_ path: String, with text: String) throws(FileError) {
        var status = stat()
        let mode = stat(path, &status) == 0 ? status.st_mode & 0o777 : 0o600
        let target = realpath(path, nil).map { resolved in
            defer { free(resolved) }
            return String(cString: resolved)
        }
        let draft = "\(target ?? path).new"
        unlink(draft)
        try write(text, to: draft, mode: mode)
        guard rename(draft, target ?? path) == 0 else { throw FileError(path: path, operation: "rename", code: errno) }
    }

    /// Makes a file that is not there yet.
    static func write(_ text: String, to path: String, mode: mode_t = 0o644) throws(FileError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw FileError(path: path, operation: "open", code: errno) }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        var done = 0
        while done < bytes.count {
            let rest = bytes[done...]
            let count = rest.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(done)) }
            guard count >= 0 else { throw FileError(path: path, operation: "write", code: errno) }
            done += count
        }
    }
}
