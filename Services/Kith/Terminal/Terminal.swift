import Glibc
import ServiceKit
import Synchronization

/// Standard output or standard error, and what may be written there.
///
/// Colours and moving bars are for people: they appear on a terminal only, and colours not with `NO_COLOR`.
struct Terminal: Sendable {
    static let output = Terminal(descriptor: STDOUT_FILENO)
    static let errors = Terminal(descriptor: STDERR_FILENO)

    /// Why some of standard output was lost, as the system's error number; 0 while nothing was.
    private static let failure = Atomic<Int32>(0)

    enum Style: String {
        case bold = "1"
        case faint = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case cyan = "36"
    }

    let isInteractive: Bool
    private let descriptor: Int32
    private let hasColours: Bool

    private init(descriptor: Int32) {
        self.descriptor = descriptor
        isInteractive = isatty(descriptor) == 1
        hasColours = isInteractive && Environment["NO_COLOR"] == nil && Environment["TERM"] != "dumb"
    }

    /// How many columns there are; no end of them when this is no terminal, so that a script gets everything.
    var columns: Int {
        var size = winsize()
        guard isInteractive, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 100_000 }
        return Int(size.ws_col)
    }

    func line(_ text: String = "") {
        write(text + "\n")
    }

    func write(_ text: String) {
        write(Array(text.utf8))
    }

    func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.base, rest.count)
                if count < 0 && (errno == EINTR || isWorthWaiting(errno)) { continue }
                guard count > 0 else { return lose(because: errno) }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// Whether nothing is wrong but that the reader is slow; then waits for it.
    private func isWorthWaiting(_ code: Int32) -> Bool {
        guard code == EAGAIN else { return false }
        var place = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&place, 1, -1) >= 0 || errno == EINTR
    }

    /// Notes that the output is not whole; a reader that has enough is no failure.
    private func lose(because code: Int32) {
        if descriptor == STDOUT_FILENO, code != EPIPE { Self.failure.store(code, ordering: .relaxed) }
    }

    /// Refuses to call something done whose answer was lost, as on a full disk.
    static func requireWholeOutput() throws(CommandError) {
        let code = failure.load(ordering: .relaxed)
        guard code != 0 else { return }
        throw CommandError(.failure, "Could not write the output: \(String(cString: strerror(code))).")
    }

    func paint(_ text: String, _ style: Style) -> String {
        hasColours ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }
}

extension Slice<UnsafeRawBufferPointer> {
    fileprivate var base: UnsafeRawPointer? { base.baseAddress.map { $0 + startIndex } }
}
