public import ArgumentParser
import Glibc

/// Whether a service is to move its store, and not to serve.
public struct StoreCopyOptions: ParsableArguments {
    @Flag(name: .customLong("copy-store"), help: "Copy the store from the data directory to KITH_STORE, and end.")
    private var isWanted = false

    /// The default: to serve.
    public init() {}

    /// The PostgreSQL to move the store to; `nil` to serve.
    public func address() throws -> String? {
        guard isWanted else { return nil }
        guard let address = try Environment.secret("KITH_STORE") else {
            throw ValidationError("KITH_STORE does not say where to copy the store: postgres://user:password@host:port/database.")
        }
        return address
    }

    /// Says how far a copy is.
    public static func tell(_ table: String, _ rows: Int) {
        let line = Array("  \(table): \(rows) rows\n".utf8)
        _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
