import Glibc

/// The kernel's notices of changes to files.
struct Inotify: Sendable {
    /// Something appeared in a directory.
    static let appearance = UInt32(IN_CREATE | IN_MOVED_TO | IN_ONLYDIR)
    /// A file was written.
    static let change = UInt32(IN_MODIFY)

    let file: POSIXFile

    init() throws(FileError) {
        let descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        guard descriptor >= 0 else { throw FileError(operation: "inotify_init1", path: "inotify", errno: errno) }
        file = POSIXFile(descriptor: descriptor, path: "inotify")
    }

    /// Watches a path, always by the same number; nil if it is not there.
    func watch(_ path: String, for mask: UInt32) throws(FileError) -> Int32? {
        let watch = inotify_add_watch(file.descriptor, path, mask)
        if watch >= 0 { return watch }
        if errno == ENOENT || errno == ENOTDIR { return nil }
        throw FileError(operation: "inotify_add_watch", path: path, errno: errno)
    }

    /// The watches that have seen something since the last call; -1 among them means that some notices were lost.
    func seen() -> Set<Int32> {
        var seen: Set<Int32> = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = buffer.withUnsafeMutableBytes { Glibc.read(file.descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return seen }
            buffer.withUnsafeBytes { collect($0.part(0..<count), into: &seen) }
        }
    }

    private func collect(_ events: UnsafeRawBufferPointer, into seen: inout Set<Int32>) {
        let header = MemoryLayout<inotify_event>.size
        var position = 0
        while position + header <= events.count {
            let event = events.loadUnaligned(fromByteOffset: position, as: inotify_event.self)
            seen.insert(event.wd)
            position += header + Int(event.len)
        }
    }
}
