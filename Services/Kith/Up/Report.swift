/// What `up` tells the person at the terminal while it runs.
enum Report: Equatable, Sendable {
    case starting(directory: String)
    case waiting([ServiceName])
    case ended(ServiceName, Ending, again: Duration)
    case problem(ServiceName, String)
    case noSample(String)
    case stopping
    case slow(ServiceName)
    case stopped

    /// The line to show.
    func rendered(on terminal: Terminal) -> String {
        switch self {
        case .starting(let directory):
            terminal.paint("Starting Kith in \(directory) …", .faint)
        case .waiting(let services):
            terminal.paint("Still waiting for \(services.map(\.rawValue).joined(separator: ", ")) …", .yellow)
        case .ended(let service, let ending, let pause):
            terminal.paint("\(service.rawValue) \(ending); it starts again \(Self.words(for: pause))", .yellow)
        case .problem(let service, let text):
            terminal.paint("\(service.rawValue): ", .red) + Printable.clean(text)
        case .noSample(let reason):
            terminal.paint("The sample could not be loaded: ", .yellow) + Printable.clean(reason)
        case .stopping:
            terminal.paint("Stopping …", .faint)
        case .slow(let service):
            terminal.paint("\(service.rawValue) did not stop within 10 s and was ended", .yellow)
        case .stopped:
            terminal.paint("Stopped.", .faint)
        }
    }

    private static func words(for pause: Duration) -> String {
        pause == .zero ? "now" : "in \(pause / .seconds(1)) s"
    }
}
