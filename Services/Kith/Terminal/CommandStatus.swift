import ServiceKit

/// How a command ended, for scripts; documented in `kith --help`.
enum CommandStatus: Int32, Sendable {
    case success = 0
    case failure = 1
    case usage = 2
    case notFound = 3
    case unauthorized = 4
    case unreachable = 5

    func end() -> Never {
        endProcess(with: rawValue)
    }
}
