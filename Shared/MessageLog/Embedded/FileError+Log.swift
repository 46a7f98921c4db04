import Glibc

extension FileError {
    /// Whether the file or directory is not there.
    var isMissing: Bool { errno == ENOENT || errno == ENOTDIR }
    /// Whether there is no room for what was to be written.
    var isFull: Bool { errno == ENOSPC || errno == EDQUOT || errno == EFBIG }
    /// Whether another process holds the lock.
    var isLocked: Bool { errno == EWOULDBLOCK }
}

extension MessageLogError {
    /// What the operating system's answer means to the log.
    init(_ error: FileError) {
        self = error.isFull ? .full : .io(operation: error.operation, file: error.path, errno: error.errno)
    }
}

extension MessageLogError {
    /// What it means that an own file, not yet part of the log, could not be made durable.
    init(syncing error: FileError) {
        self = error.isFull ? .full : .syncFailed(errno: error.errno)
    }
}

/// Runs file operations and says what their failure means to the log.
func logged<Value>(_ body: () throws(FileError) -> Value) throws(MessageLogError) -> Value {
    do { return try body() } catch { throw MessageLogError(error) }
}

extension MessageLogError {
    /// Whether a file was not there.
    var isMissingFile: Bool {
        guard case .io(_, _, let code) = self else { return false }
        return code == ENOENT
    }
}
