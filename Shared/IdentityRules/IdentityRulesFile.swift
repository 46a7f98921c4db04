import Glibc
public import Identity
import Synchronization

/// The file that says what the identity rules are to be; without a file they are the defaults.
public final class IdentityRulesFile: Sendable {
    private struct Version: Equatable {
        var inode: UInt64
        var size: Int64
        var seconds: Int
        var nanoseconds: Int
    }

    private struct State {
        var version: Version?
        var outcome: Result<Rules, IdentityRulesFileError>
    }

    /// Where it lies.
    public let path: String
    private let mustExist: Bool
    private let state = Mutex<State?>(nil)
    private let lastGood = Mutex(Rules())

    /// The file at the path; one that was named must be there.
    public init(path: String, mustExist: Bool = false) {
        self.path = path
        self.mustExist = mustExist
    }

    /// What it says now; it is read again only when it is another than before.
    public func rules() throws(IdentityRulesFileError) -> Rules {
        let version = version
        if let state = state.withLock({ $0 }), state.version == version { return try state.outcome.get() }
        let outcome = Result { () throws(IdentityRulesFileError) in try read() }
        state.withLock { $0 = State(version: version, outcome: outcome) }
        let rules = try outcome.get()
        lastGood.withLock { $0 = rules }
        return rules
    }

    /// What it says now, or while that cannot be used, what it said last when it could; the defaults if it never could.
    ///
    /// For who must go on, whatever people write.
    public var usableRules: Rules {
        if let rules = try? rules() { return rules }
        return lastGood.withLock { $0 }
    }

    private var version: Version? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Version(
            inode: UInt64(status.st_ino),
            size: Int64(status.st_size),
            seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec
        )
    }

    private func read() throws(IdentityRulesFileError) -> Rules {
        guard let text = try contents() else { return Rules() }
        do throws(RulesError) {
            return try Rules(yaml: text)
        } catch {
            var error = error
            error.file = path
            throw .wrong(error)
        }
    }

    /// `nil` when there is no file, and need not be one.
    private func contents() throws(IdentityRulesFileError) -> String? {
        guard let file = fopen(path, "re") else {
            if errno == ENOENT, !mustExist { return nil }
            throw .unreadable(path, code: errno)
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        guard ferror(file) == 0 else { throw .unreadable(path, code: errno) }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notText(path) }
        return text
    }
}

/// Why the rules in the file cannot be used.
public enum IdentityRulesFileError: Error, Equatable, CustomStringConvertible {
    /// The operating system does not let it be read.
    case unreadable(String, code: Int32)
    /// Not UTF-8.
    case notText(String)
    /// What it says is no rules.
    case wrong(RulesError)

    /// One sentence behind the file's name, and the line where there is one.
    public var description: String {
        switch self {
        case .unreadable(let path, let code): "\(path): The file cannot be read: \(String(cString: strerror(code)))."
        case .notText(let path): "\(path): The file is not UTF-8."
        case .wrong(let error): error.description
        }
    }
}
