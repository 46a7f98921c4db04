public import ArgumentParser
import Glibc

/// Whether a service is to move its store, and not to serve.
public struct StoreCopyOptions: ParsableArguments, Sendable {
    @Flag(name: .customLong("copy-store"), help: "Copy the store from the data directory to KITH_STORE, and end.")
    private var isWanted = false

    /// The default: to serve.
    public init() {}

    /// Whether the store was to be copied, and was: the body does it, to the PostgreSQL that it is given.
    public func run(_ body: (_ address: String) throws -> Void) throws -> Bool {
        guard isWanted else { return false }
        guard let address = try Environment.secret("KITH_STORE") else {
            throw ValidationError(
                "KITH_STORE does not say where to copy the store: postgres://user:password@host:port/database."
            )
        }
        try body(address)
        return true
    }

    /// Says how far a copy is.
    public static func tell(_ table: String, _ rows: Int) {
        let line = Array("  \(table): \(rows) rows\n".utf8)
        _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
