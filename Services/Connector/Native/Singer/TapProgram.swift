import ConnectorKit
import Glibc
import ServiceKit
import Subprocess
import Synchronization
import SystemPackage

/// Runs programs of a tap's own environment: the tap itself, and what installs it.
struct TapProgram: Sendable {
    /// The folder in which it runs; its processes are known by it.
    let folder: String
    /// Variables that it sees besides the usual ones.
    let variables: [String: String]
    /// How long it may say nothing at all while it is listened to.
    let patience: Duration
    /// No line may be longer: a tap that never ends one would fill the memory.
    private static let lineBytes = 64 << 20

    /// How long it may take to end when it is told to; the service itself has little more when it is stopped.
    private static let grace = Duration.seconds(5)

    /// The variable by which a process is known to be this tap's.
    static let mark = "KITH_TAP"
    /// Of this process's own variables a tap sees these only: the others may hold secrets of other connectors.
    private static let inherited = [
        "PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy",
        "no_proxy", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "PIP_INDEX_URL",
        "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_CERT", "PIP_CONFIG_FILE", "PIP_NO_INDEX", "PIP_FIND_LINKS",
    ]

    /// Runs it to its end, line by line; it waits while a line is being taken.
    ///
    /// Returns once it has ended well. Ended by whoever cancels this, or by an error of `take`, it gets a SIGTERM, and a
    /// SIGKILL five seconds later, as does everything that it started.
    func run(
        _ executable: String,
        _ arguments: [String],
        take: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        let voice = Voice()
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [
            .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: Self.grace)
        ]
        let result: ExecutionResult<Void, SequenceOutput, SequenceOutput>
        do {
            result = try await Subprocess.run(
                .path(FilePath(executable)),
                arguments: Arguments(arguments),
                environment: .custom(environment),
                workingDirectory: FilePath(folder),
                platformOptions: options,
                input: .none,
                output: .sequence,
                error: .sequence
            ) { execution in
                let (output, errors) = (execution.standardOutput, execution.standardError)
                let process = execution.processIdentifier
                try await withThrowingTaskGroup { group in
                    group.addTask { try await Self.read(output, voice) { try await take($0) } }
                    group.addTask { try await Self.read(errors, voice) { voice.said($0) } }
                    group.addTask { try await watch(voice) }
                    // The watch never ends by itself.
                    for _ in 0..<2 { try await group.next() }
                    // One that has closed both has not ended for that.
                    group.addTask { try await process.ended() }
                    try await group.next()
                    group.cancelAll()
                }
            }
        } catch let error as SubprocessError {
            throw ConnectorFailure(.configuration, "\(executable) cannot be started: \(error)")
        }
        guard result.terminationStatus != .exited(0) else { return }
        throw SingerFailure.failure(exit: result.terminationStatus.phrase, lines: voice.lines)
    }

    private typealias Variable = Subprocess.Environment.Key

    private var environment: [Variable: String] {
        var values: [Variable: String] = [:]
        for name in Self.inherited { values[Variable(stringLiteral: name)] = ServiceKit.Environment[name] }
        values["HOME"] = folder
        values["PYTHONUNBUFFERED"] = "1"
        values["PYTHONUTF8"] = "1"
        values["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
        for (name, value) in variables { values[Variable(stringLiteral: name)] = value }
        values[Variable(stringLiteral: Self.mark)] = folder
        return values
    }

    private static func read(
        _ output: SubprocessOutputSequence,
        _ voice: Voice,
        _ take: ([UInt8]) async throws -> Void
    ) async throws {
        var splitter = LineSplitter(limit: lineBytes)
        for try await buffer in output {
            try Task.checkCancellation()
            voice.isHeard()
            let lines: [[UInt8]]
            do throws(LineSplitter.TooLong) {
                lines = try buffer.withUnsafeBytes { bytes throws(LineSplitter.TooLong) in try splitter.add(bytes) }
            } catch {
                throw ConnectorFailure(
                    .system,
                    "The tap's line that begins with “\(error.start)” has more than \(lineBytes >> 20) MiB."
                )
            }
            try await voice.whileNotListening { for line in lines { try await take(line) } }
        }
        let rest = splitter.rest()
        try await voice.whileNotListening { for line in rest { try await take(line) } }
    }

    private func watch(_ voice: Voice) async throws {
        while true {
            try await Task.sleep(for: min(patience, .seconds(1)))
            guard voice.silence > patience else { continue }
            throw ConnectorFailure(.transient, "The tap has said nothing for \(patience), and was ended.")
        }
    }
}

/// What a tap says beside its messages, and when it was last heard.
private final class Voice: Sendable {
    private struct State {
        var lines: [String] = []
        var heard = ContinuousClock.now
        /// How many of its outputs are not being read now.
        var waiting = 0
    }

    private let state = Mutex(State())

    /// The last lines of its standard error.
    var lines: [String] { state.withLock(\.lines) }
    /// For how long it has said nothing; it cannot say anything while nobody listens.
    var silence: Duration { state.withLock { $0.waiting > 0 ? .zero : ContinuousClock.now - $0.heard } }

    func isHeard() { state.withLock { $0.heard = .now } }

    /// Does something with what it has said, which may take as long as the log has no room.
    func whileNotListening(_ body: () async throws -> Void) async throws {
        state.withLock { $0.waiting += 1 }
        defer {
            state.withLock { state in
                state.waiting -= 1
                state.heard = .now
            }
        }
        try await body()
    }

    func said(_ line: [UInt8]) {
        let text = String(decoding: line.prefix(2000), as: UTF8.self)
        state.withLock { state in
            state.lines.append(text)
            if state.lines.count > 50 { state.lines.removeFirst() }
        }
    }
}

extension ProcessIdentifier {
    /// Returns once the process has ended; it is not reaped by that.
    fileprivate func ended() async throws {
        var pause = Duration.milliseconds(1)
        while true {
            var information = siginfo_t()
            let result = waitid(P_PID, id_t(value), &information, WEXITED | WNOHANG | WNOWAIT)
            // While it runs the call succeeds and tells of no signal.
            guard result == 0, information.si_signo == 0 else { return }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(200))
        }
    }
}

extension TerminationStatus {
    fileprivate var phrase: String {
        switch self {
        case .exited(let code): "ended with exit code \(code)"
        case .signaled(let signal): "was ended by signal \(signal)"
        }
    }
}
