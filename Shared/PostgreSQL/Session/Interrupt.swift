import CPostgres
import Glibc
import Synchronization

/// What a cancelled task wakes the thread with that waits for its statement.
final class Interrupt: Sendable {
    private let flag = Atomic(false)
    private let descriptor: Int32

    init() {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    }

    deinit {
        close(descriptor)
    }

    var isRaised: Bool { flag.load(ordering: .acquiring) }

    func raise() {
        flag.store(true, ordering: .releasing)
        eventfd_write(descriptor, 1)
    }

    /// What to poll beside a socket.
    var readiness: pollfd { pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0) }
}
