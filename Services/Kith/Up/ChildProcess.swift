import Dispatch
import Glibc

/// What to start, and where its input comes from and its output goes.
struct Launch: Sendable {
    var program: String
    var arguments: [String]
    var environment: [String: String]
    /// A pipe that ends when this process does.
    var standardInput: Int32
    /// The file that the output is added to; without one it goes to where this process's errors go.
    var outputPath: String?
    /// Whether a Ctrl-C on the terminal is not sent to it.
    var hasOwnGroup = true
}

/// How a process ended.
enum Ending: Equatable, Sendable, CustomStringConvertible {
    case exited(Int32)
    case killed(signal: Int32)

    /// Whether it exited by itself with a code other than 0.
    var exitedWithFailure: Bool {
        if case .exited(let code) = self { code != 0 } else { false }
    }

    /// Whether it failed or crashed: nobody stopped it by SIGTERM or SIGKILL.
    var isFailure: Bool {
        switch self {
        case .exited(let code): code != 0
        case .killed(let signal): signal != SIGKILL && signal != SIGTERM
        }
    }

    var description: String {
        switch self {
        case .exited(let code): "ended with exit code \(code)"
        case .killed(let signal): "was ended by signal \(signal) (\(String(cString: strsignal(signal))))"
        }
    }
}

/// A process that this one has started.
struct ChildProcess: Sendable, Equatable {
    let id: pid_t

    /// Starts the program.
    init(_ launch: Launch) throws(CommandError) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, launch.standardInput, STDIN_FILENO)
        if let path = launch.outputPath {
            posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, path, O_WRONLY | O_CREAT | O_APPEND, 0o640)
            posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        } else {
            // Not by opening “/dev/stderr”: of a file that would be another place in it, where each overwrites the other.
            posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)
        }
        var attributes = ChildProcess.attributes(hasOwnGroup: launch.hasOwnGroup)
        defer { posix_spawnattr_destroy(&attributes) }

        var child: pid_t = 0
        let environment = launch.environment.map { "\($0.key)=\($0.value)" }
        let result = withCStrings([launch.program] + launch.arguments) { arguments in
            withCStrings(environment) { posix_spawn(&child, launch.program, &actions, &attributes, arguments, $0) }
        }
        guard result == 0 else {
            throw CommandError(.failure, "Could not start \(launch.program): \(String(cString: strerror(result))).")
        }
        id = child
    }

    /// Returns once the process has ended; it stays unreaped, so that its id is not given to another.
    func ended() async {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "kith.wait.\(id)").async {
                var information = siginfo_t()
                while waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT) == -1 && errno == EINTR {}
                continuation.resume()
            }
        }
    }

    /// Takes the ended process's status and lets go of its id.
    func reap() -> Ending {
        var status: Int32 = 0
        while waitpid(id, &status, 0) == -1 {
            if errno != EINTR { return .exited(-1) }
        }
        let signal = status & 0x7F
        return signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal: signal)
    }

    /// Keeps what this process was handed down, such as a lock that a script holds, from its children.
    static func keepOpenFilesToOurselves() {
        for descriptor in STDERR_FILENO + 1..<256 { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    }

    func send(signal: Int32) {
        kill(id, signal)
    }

    private static func attributes(hasOwnGroup: Bool) -> posix_spawnattr_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var all = sigset_t()
        var none = sigset_t()
        sigfillset(&all)
        sigemptyset(&none)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(
            &attributes,
            Int16((hasOwnGroup ? POSIX_SPAWN_SETPGROUP : 0) | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK)
        )
        return attributes
    }
}

/// Lends the strings as a null-terminated array of C strings.
private func withCStrings<Result>(
    _ strings: [String],
    _ body: ([UnsafeMutablePointer<CChar>?]) throws -> Result
) rethrows -> Result {
    let pointers = strings.map { strdup($0) }
    defer {
        for pointer in pointers { free(pointer) }
    }
    return try body(pointers + [nil])
}
