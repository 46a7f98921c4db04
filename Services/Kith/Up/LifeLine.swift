import Glibc

/// A pipe whose reading end the children have as standard input.
///
/// Nothing is ever written to it. Its only writing end belongs to this process, so it ends when this process does, even by a
/// signal that cannot be caught, and the children stop then (`--supervised`).
struct LifeLine: ~Copyable {
    let readingEnd: Int32
    private let writingEnd: Int32

    init() throws(CommandError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0, ends.allSatisfy({ fcntl($0, F_SETFD, FD_CLOEXEC) == 0 }) else {
            throw Files.problem("Could not make a pipe")
        }
        readingEnd = ends[0]
        writingEnd = ends[1]
    }

    deinit {
        close(readingEnd)
        close(writingEnd)
    }
}
