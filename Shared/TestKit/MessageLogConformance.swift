public import MessageLog

/// What every message log must do, whatever it is made of.
///
/// Each check uses a topic of its own, so that all may run on one storage and in any order.
public struct MessageLogConformance: Sendable {
    /// Opens the log for a producer, or for reading only; always on the same storage.
    ///
    /// Segments, or what stands for them, must be small: 4 KiB at most, or retention cannot be seen.
    public typealias Factory = @Sendable (_ producer: String?) async throws -> any MessageLog

    /// A promise and how to test it.
    public struct Check: Sendable, CustomStringConvertible {
        /// The promise, as a sentence about a log.
        public let description: String
        let body: @Sendable (Conformance) async throws -> Void
    }

    private let open: Factory

    /// The suite for the logs that `open` makes.
    public init(_ open: @escaping Factory) {
        self.open = open
    }

    /// Runs one check; throws what the broken promise was.
    public func run(_ check: Check) async throws {
        try await check.body(Conformance(promise: check.description, open: open))
    }

    /// Every check there is.
    public static let checks: [Check] =
        appendChecks + readChecks + sequenceChecks + newsChecks + consumerChecks + rewritingChecks + nameChecks
}

/// A promise that a log did not keep.
public struct ConformanceFailure: Error, CustomStringConvertible {
    /// The promise.
    public let promise: String
    /// What happened instead.
    public let finding: String

    /// Promise and finding in one sentence.
    public var description: String { "The log does not keep its promise that it \(promise): \(finding)" }
}

/// What a check works with.
struct Conformance: Sendable {
    let promise: String
    let open: MessageLogConformance.Factory

    /// A topic that no other check uses.
    var topic: String {
        let letters = promise.utf8.map { (0x61...0x7a).contains($0) ? Character(Unicode.Scalar($0)) : "-" }
        return "t" + String(letters.prefix(60))
    }

    func expect(_ condition: Bool, _ finding: @autoclosure () -> String) throws {
        guard condition else { throw ConformanceFailure(promise: promise, finding: finding()) }
    }

    func expectEqual<Value: Equatable>(_ found: Value, _ expected: Value) throws {
        try expect(found == expected, "found \(found) where \(expected) was expected.")
    }

    /// Expects this error and no other.
    func expectError(
        _ expected: MessageLogError,
        from body: () async throws(MessageLogError) -> Void
    ) async throws {
        do throws(MessageLogError) { try await body() } catch {
            try expect(error == expected, "it threw “\(error)”.")
            return
        }
        throw ConformanceFailure(promise: promise, finding: "it threw nothing.")
    }

    /// A log for a producer named `a`, closed afterwards.
    func withLog(
        _ producer: String? = "a",
        _ body: (any MessageLog, Partition) async throws -> Void
    ) async throws {
        let log = try await open(producer)
        try await body(log, Partition(topic: topic, name: producer ?? "a"))
        await log.close()
    }

    func records(_ texts: [String]) -> [Record] {
        texts.map { Record(key: Array("k".utf8), value: Array($0.utf8), timestamp: 1_000_000) }
    }

    func values(_ stored: [StoredRecord]) -> [String] {
        stored.map { String(decoding: $0.record.value, as: UTF8.self) }
    }
}
