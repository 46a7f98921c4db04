import Synchronization

/// How many bytes of a backup are copied or checked; a bar on a terminal, nothing elsewhere.
final class CopyProgress: Sendable {
    private struct State {
        var bar: ProgressBar
        var done = 0
        var total = 0
        var note = ""

        mutating func show() { bar.show(done, of: total, note: note) }
    }

    private let state: Mutex<State>

    init(_ title: String) {
        state = Mutex(State(bar: ProgressBar(title)))
    }

    /// Says what is done now, and how many bytes more there are by that.
    func begin(_ note: String, bytes: Int = 0) {
        state.withLock { state in
            state.note = note
            state.total += bytes
            state.show()
        }
    }

    /// Takes in that so many bytes are done.
    func add(_ bytes: Int) {
        state.withLock { state in
            state.done += bytes
            state.show()
        }
    }

    /// Removes the bar.
    func finish() { state.withLock { $0.bar.finish() } }
}
