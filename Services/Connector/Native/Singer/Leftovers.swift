import Glibc

/// Processes of a tap that outlived the service that started them.
enum Leftovers {
    /// Ends those that carry this mark in their environment.
    ///
    /// They may still hold the vendor's session, or write a rotated token where nobody reads it any more.
    static func end(markedBy mark: String) {
        for name in Folder.names(in: "/proc") {
            guard let id = pid_t(name), id != getpid(), hasMark(id, Array(mark.utf8)) else { continue }
            kill(id, SIGKILL)
        }
    }

    private static func hasMark(_ id: pid_t, _ mark: [UInt8]) -> Bool {
        let descriptor = open("/proc/\(id)/environ", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var environment = [UInt8](repeating: 0, count: 64 << 10)
        let count = read(descriptor, &environment, environment.count)
        guard count > 0 else { return false }
        return environment.prefix(count).split(separator: 0).contains { $0.elementsEqual(mark) }
    }
}
