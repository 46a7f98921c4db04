public import Curl
public import Events

/// What a connector has around it, so that tests can put something else in its place.
public struct Surroundings: Sendable {
    /// Sends a request and returns the answer, whatever its status.
    public var send: @Sendable (HTTPRequest) async throws(CurlError) -> HTTPResponse
    /// The time.
    public var now: @Sendable () -> Timestamp
    /// Waits.
    public var sleep: @Sendable (Duration) async throws(CancellationError) -> Void
    /// From 0 to 1, for jitter.
    public var random: @Sendable () -> Double
    /// Keeps what must not be lost, such as a refresh token that replaces another.
    public var vault: any Vault

    /// Surroundings of their parts.
    public init(
        send: @escaping @Sendable (HTTPRequest) async throws(CurlError) -> HTTPResponse,
        now: @escaping @Sendable () -> Timestamp,
        sleep: @escaping @Sendable (Duration) async throws(CancellationError) -> Void,
        random: @escaping @Sendable () -> Double = { Double.random(in: 0...1) },
        vault: any Vault
    ) {
        self.send = send
        self.now = now
        self.sleep = sleep
        self.random = random
        self.vault = vault
    }
}

/// Keeps a connector's secrets that change, one value under a name.
public protocol Vault: Sendable {
    /// The value, or `nil`.
    func value(_ name: String) async throws -> JSONValue?
    /// Keeps the value, durably once it returns.
    func keep(_ value: JSONValue, as name: String) async throws
}

/// A vault that ends with the process.
public actor MemoryVault: Vault {
    private var values: [String: JSONValue] = [:]

    /// An empty one.
    public init() {}

    /// The value, or `nil`.
    public func value(_ name: String) -> JSONValue? { values[name] }

    /// Keeps the value.
    public func keep(_ value: JSONValue, as name: String) { values[name] = value }
}
