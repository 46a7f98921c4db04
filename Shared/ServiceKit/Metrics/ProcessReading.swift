import Glibc

/// What the system says of this process and of the disk that its data lies on.
struct ProcessReading: Sendable, Equatable {
    var residentBytes = 0.0
    var virtualBytes = 0.0
    var processorSeconds = 0.0
    /// When the process began, in seconds since 1970.
    var start = 0.0
    var openFiles = 0.0
    var mostFiles = 0.0

    /// The present state, out of `/proc`; `nil` where there is none.
    static func now() -> ProcessReading? {
        guard let line = text(of: "/proc/self/stat"), let status = text(of: "/proc/stat") else { return nil }
        var reading = ProcessReading(stat: line, boot: boot(in: status))
        reading?.openFiles = Double(files())
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            reading?.mostFiles = Double(limit.rlim_cur)
        }
        return reading
    }

    private init?(stat: String, boot: Double) {
        // The program's name, in brackets, may have anything in it.
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[end...].split(separator: " ").dropFirst().map { Double($0) ?? 0 }
        guard fields.count > 21 else { return nil }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        processorSeconds = (fields[11] + fields[12]) / ticks
        start = boot + fields[19] / ticks
        virtualBytes = fields[20]
        residentBytes = fields[21] * Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    private static func boot(in status: String) -> Double {
        let line = status.split(separator: "\n").first { $0.hasPrefix("btime ") }
        return line.flatMap { Double($0.dropFirst(6)) } ?? 0
    }

    private static func files() -> Int {
        guard let folder = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Without the two names of folders, and the file that this took.
        return max(0, count - 3)
    }

    private static func text(of path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}

/// The room on the disk that holds a folder.
struct DiskReading: Sendable, Equatable {
    var free: Double
    var size: Double

    /// The present state; `nil` when there is no such folder.
    init?(of folder: String) {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { return nil }
        free = Double(status.f_bavail) * Double(status.f_frsize)
        size = Double(status.f_blocks) * Double(status.f_frsize)
    }
}
