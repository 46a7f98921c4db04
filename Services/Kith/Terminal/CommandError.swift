/// Why a command could not do what was asked: what is wrong, and what to do about it.
struct CommandError: Error, Equatable, CustomStringConvertible {
    var status: CommandStatus
    var problem: String
    var remedy: String?

    init(_ status: CommandStatus = .failure, _ problem: String, remedy: String? = nil) {
        self.status = status
        self.problem = problem
        self.remedy = remedy
    }

    /// Somebody did not want to wait for the end of it.
    static let brokenOff = CommandError(.failure, "It was broken off.")

    var description: String {
        [problem, remedy].compactMap { $0 }.joined(separator: " ")
    }

    func rendered(on terminal: Terminal) -> String {
        let first = terminal.paint("Error: ", .red) + Printable.clean(problem, keepingLines: true)
        return remedy.map { "\(first)\n\(Printable.clean($0, keepingLines: true))" } ?? first
    }
}
