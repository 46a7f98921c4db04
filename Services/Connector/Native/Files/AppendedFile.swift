import Dispatch
import Glibc

/// A file to which whole lines are added, each durable once it is.
final class AppendedFile: Sendable {
    private let path: String
    /// One line after the other, and on no thread of those that tasks share: the disk, or a server that has the file, may take its time.
    private let queue = DispatchQueue(label: "connector.lines")
    /// How far back a line is looked for that may be there already.
    private static let tail = 256 << 10

    init(path: String) {
        self.path = path
    }

    /// Adds a line unless it is among the last ones; the first line of a new file comes before it.
    ///
    /// A line that a crash has cut stays as it is, on a line of its own, and the whole one comes behind it.
    func append(_ line: String, first: String? = nil) async throws(FileError) {
        let result: Result<Void, FileError> = await withCheckedContinuation { continuation in
            queue.async {
                let result = Result { () throws(FileError) in try self.appendAlone(line, first) }
                continuation.resume(returning: result)
            }
        }
        try result.get()
    }

    private func appendAlone(_ line: String, _ first: String?) throws(FileError) {
        let descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw FileError(path: path, operation: "open", code: errno) }
        defer { close(descriptor) }
        let size = lseek(descriptor, 0, SEEK_END)
        guard size >= 0 else { throw FileError(path: path, operation: "read", code: errno) }
        let end = try end(of: descriptor, from: max(0, Int(size) - Self.tail - line.utf8.count), to: Int(size))
        // All of it: of one that was cut the beginning is there as well.
        guard !"\n\(end)".contains("\n\(line)\n") else { return }
        var text = "\(line)\n"
        if end.isEmpty, let first { text = "\(first)\n\(text)" }
        if !end.isEmpty, !end.hasSuffix("\n") { text = "\n\(text)" }
        let bytes = Array(text.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else {
            let code = errno == 0 ? ENOSPC : errno
            // Half a line is of no use to anybody.
            _ = ftruncate(descriptor, size)
            throw FileError(path: path, operation: "write", code: code)
        }
        guard fdatasync(descriptor) == 0 else { throw FileError(path: path, operation: "sync", code: errno) }
    }

    private func end(of descriptor: Int32, from start: Int, to size: Int) throws(FileError) -> String {
        var bytes = [UInt8](repeating: 0, count: size - start)
        let count = pread(descriptor, &bytes, bytes.count, off_t(start))
        guard count == bytes.count else { throw FileError(path: path, operation: "read", code: errno) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
