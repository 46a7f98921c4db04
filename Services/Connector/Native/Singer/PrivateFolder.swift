import Events
import Glibc

/// A folder that nobody else may look into, for the files of one run: the configuration holds secrets.
struct PrivateFolder {
    let path: String

    /// What a run that was cut off left there, if any.
    init(leftAt path: String) {
        self.path = path
    }

    /// Makes it anew, without anything in it.
    init(at path: String) throws(FileError) {
        self.path = path
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        try Folder.make(parent)
        remove()
        guard mkdir(path, 0o700) == 0 else { throw FileError(path: path, operation: "mkdir", code: errno) }
    }

    /// Writes a file and returns its path.
    func write(_ value: JSONValue, as name: String) throws(FileError) -> String {
        let file = "\(path)/\(name)"
        try Folder.write(value.text, to: file, mode: 0o600)
        return file
    }

    /// A file’s JSON; `nil` if it is not there or is none.
    func read(_ name: String) -> JSONValue? {
        guard let text = try? Folder.text(of: "\(path)/\(name)") else { return nil }
        return try? JSONDocument(Array(text.utf8), limits: JSONLimits(depth: 100, nodes: 5_000_000)).root.value
    }

    /// Removes it with everything in it.
    func remove() { Folder.remove(path) }
}

extension Folder {
    /// Removes a folder with everything in it, or a file.
    static func remove(_ path: String) {
        for name in isLink(path) ? [] : names(in: path) { remove("\(path)/\(name)") }
        if rmdir(path) != 0 { unlink(path) }
    }

    /// The path as it is from anywhere.
    static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let current = getcwd(nil, 0) else { return path }
        defer { free(current) }
        return "\(String(cString: current))/\(path)"
    }

    private static func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }
}
