import Dispatch
import Glibc

/// Calls back once, when standard input ends.
///
/// A thread of its own waits in `read`; it ends with the process.
func callAtEndOfInput(_ callback: @escaping @Sendable () -> Void) {
    DispatchQueue(label: "kith.end-of-input").async {
        var byte: UInt8 = 0
        while read(STDIN_FILENO, &byte, 1) > 0 {}
        callback()
    }
}
