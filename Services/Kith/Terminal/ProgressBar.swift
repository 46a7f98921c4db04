/// Shows how far long work has come: a bar on a terminal, nothing elsewhere.
struct ProgressBar {
    private let title: String
    private let terminal: Terminal
    private var shown = ""

    init(_ title: String, on terminal: Terminal = .errors) {
        self.title = title
        self.terminal = terminal
    }

    /// Redraws the bar when its text has changed.
    mutating func show(_ done: Int, of total: Int, note: String = "") {
        guard terminal.isInteractive else { return }
        show(ProgressBar.text(title: title, done: done, total: total, note: note, columns: terminal.columns))
    }

    /// Removes the bar.
    mutating func finish() {
        guard !shown.isEmpty else { return }
        shown = ""
        terminal.write("\r\u{1B}[2K")
    }

    private mutating func show(_ text: String) {
        guard text != shown else { return }
        shown = text
        terminal.write("\r\u{1B}[2K\(text)")
    }

    static func text(title: String, done: Int, total: Int, note: String, columns: Int) -> String {
        let share = total > 0 ? min(1, Double(done) / Double(total)) : 0
        let label = "\(title) "
        let tail = " \(Int(share * 100)) %  \(done)/\(total)\(note.isEmpty ? "" : "  \(note)")"
        let room = max(10, min(40, columns - Width.of(label) - Width.of(tail) - 1))
        let filled = Int(share * Double(room))
        return label + String(repeating: "█", count: filled) + String(repeating: "░", count: room - filled) + tail
    }
}
