import Dispatch
import Glibc
import Logging
import ServiceKit
import ServiceLifecycle
import Synchronization

/// The rules that hold, read from the configuration file again whenever it changes and at SIGHUP.
///
/// A file that is wrong at the start is an error; one that becomes wrong later is refused, and the rules that held go on.
final class RulesFile: Service {
    private struct Version: Equatable {
        var inode: UInt64
        var size: Int64
        var seconds: Int
        var nanoseconds: Int
    }

    private struct State {
        var book: RuleBook
        var version: Version?
        /// The file at the last look that did not read it.
        var seen: Version?
        /// Why the file was refused, if the rules are older than it.
        var problem: String?

        /// Whether the file is another than the one that was read, and was so already at the last look.
        mutating func hasSettled(at version: Version?) -> Bool {
            defer { seen = version }
            return version != self.version && seen == version
        }
    }

    private let path: String
    private let logger: Logger
    private let metrics: NotifierMetrics
    private let state: Mutex<State>

    /// Reads the file; no file has no rules.
    init(path: String, logger: Logger, metrics: NotifierMetrics) throws(RuleError) {
        self.path = path
        self.logger = logger
        self.metrics = metrics
        let version = RulesFile.version(of: path)
        let book = try RulesFile.read(path)
        state = Mutex(State(book: book, version: version))
        metrics.record(rules: book.rules.count)
    }

    /// The rules that hold now.
    var book: RuleBook { state.withLock { $0.book } }

    /// Why the rules that hold are older than the file; `nil` when they are those of the file.
    var problem: String? { state.withLock { $0.problem } }

    func run() async throws {
        let (ticks, sender) = AsyncStream<Bool>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let timer = DispatchSource.makeTimerSource()
        timer.schedule(deadline: .now() + 1, repeating: 1)
        timer.setEventHandler { sender.yield(false) }
        let hangUp = DispatchSource.makeSignalSource(signal: SIGHUP)
        hangUp.setEventHandler { sender.yield(true) }
        timer.resume()
        hangUp.resume()
        defer {
            timer.cancel()
            hangUp.cancel()
        }
        for await isAsked in ticks.cancelOnGracefulShutdown() { refresh(isAsked: isAsked) }
    }

    /// Reads the file again when it is another than before, or when that is asked for.
    ///
    /// - One that is gone is wrong: an editor may be about to write it anew.
    /// - One that is just being written may read as right, with fewer rules: unless somebody asks, it is read when it is the same at
    ///   two looks.
    func refresh(isAsked: Bool) {
        let version = RulesFile.version(of: path)
        guard isAsked || state.withLock({ $0.hasSettled(at: version) }) else { return }
        do throws(RuleError) {
            guard version != nil || self.book.rules.isEmpty else {
                throw RuleError(file: path, problem: "The file is gone.")
            }
            let book = try RulesFile.read(path)
            guard RulesFile.version(of: path) == version else { return }
            state.withLock { $0 = State(book: book, version: version) }
            metrics.record(rules: book.rules.count)
            logger.info("Read the rules again", metadata: ["rules": "\(book.rules.count)"])
        } catch {
            // Noted all the same, so that the same mistake is not told every second.
            state.withLock { state in
                state.version = version
                state.problem = error.description
            }
            metrics.countRefusedFile()
            logger.error("The rules are wrong; those that held before still do", metadata: ["error": "\(error)"])
        }
    }

    private static func version(of path: String) -> Version? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Version(
            inode: UInt64(status.st_ino),
            size: Int64(status.st_size),
            seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec
        )
    }

    private static func read(_ path: String) throws(RuleError) -> RuleBook {
        let text: String?
        do throws(ConfigurationTextError) {
            text = try ConfigurationText.read(path)
        } catch {
            throw RuleError(file: path, problem: error.description)
        }
        do throws(RuleError) {
            return try text.map { text throws(RuleError) in try RuleBook(yaml: text) } ?? .empty
        } catch {
            var error = error
            error.file = path
            throw error
        }
    }
}
