import Glibc

/// Ends the process at once, after what was printed.
///
/// Not by `exit`, which has the libraries clean up: OpenSSL then frees what it keeps for each thread, while one that has just made a
/// request frees its own, and the process crashes after all is done.
public func endProcess(with status: Int32) -> Never {
    fflush(nil)
    _exit(status)
}
