import ArgumentParser
public import MessageLog

/// Where the log is kept.
public enum LogLocation: Sendable, Equatable {
    /// In files of this machine.
    case directory(String)
    /// On NATS servers.
    case nats(NATSLogOptions)

    /// What an address says; without one, the log lies in the directory.
    public init(_ address: String?, directory: String) throws {
        guard let address else {
            self = .directory(directory)
            return
        }
        guard let options = NATSLogOptions(address: address) else {
            // It may hold a password, so it is not repeated.
            throw ValidationError("The log's address must be like nats://HOST:PORT,HOST:PORT?replicas=3.")
        }
        self = .nats(options)
    }

    /// Opens the log.
    ///
    /// - Parameters:
    ///   - producer: The name under which to append; nil to read only.
    ///   - succeeds: Whether another process of the name is known to append no longer; on NATS its place is taken at once.
    ///   - files: Limits, and who is told of repairs, where the log lies in files.
    public func open(
        producer: String?,
        succeeds: Bool = false,
        files: EmbeddedLogOptions = EmbeddedLogOptions()
    ) async throws(MessageLogError) -> any MessageLog {
        switch self {
        case .directory(let path): try EmbeddedLog(directory: path, producer: producer, options: files)
        case .nats(let options): try await NATSLog.open(options, producer: producer, succeeds: succeeds)
        }
    }
}
