import Glibc

/// How many files a process may have open, connections among them.
enum OpenFiles {
    /// What the process asks for, where the system lets it have so many.
    private static let wish: rlim_t = 65_536
    /// More connections than this are not worth serving.
    private static let mostConnections = 4096

    /// Raises the limit as far as the process may, and gives what it is then.
    static func raiseLimit() -> Int {
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(files, &limit) == 0 else { return 1024 }
        var raised = limit
        raised.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, wish))
        if setrlimit(files, &raised) == 0 { limit = raised }
        return Int(clamping: limit.rlim_cur)
    }

    /// How many clients may be connected where so many files may be open: the log and the stores need some as well, and a log
    /// that cannot open one ends the process.
    static func connections(of limit: Int) -> Int {
        max(1, min(mostConnections, limit / 2))
    }
}
