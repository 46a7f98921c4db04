/// Where the servers are, and every number that bounds the log on JetStream.
public struct NATSLogOptions: Sendable, Equatable {
    /// The servers' addresses, such as `nats://user:password@10.0.0.1:4222`; those of a cluster that are not named here are
    /// learnt from those that are.
    public var servers: [String]
    /// On how many servers each stream is stored; 3 in a cluster of three or more.
    public var replicas = 1
    /// How long an append waits for servers that do not answer before it throws
    /// ``MessageLogError/unavailable(reason:)``.
    public var patience = Duration.seconds(10)
    /// How long reading, and what consumers note, waits for them; who reads has nothing better to do.
    public var readPatience = Duration.seconds(300)
    /// How long a producer's lease lasts when its owner no longer renews it.
    public var lease = Duration.seconds(10)
    /// The bytes of appends that may wait; above, appends throw ``MessageLogError/overloaded(pendingBytes:)``.
    public var pendingBytes = 64 << 20
    /// The bytes of appends that go into one message, unless a single append has more.
    public var groupBytes = 1 << 20
    /// How many messages of a partition may be on their way to the servers.
    public var messagesUnderWay = 4

    /// The defaults, for these servers.
    public init(servers: [String]) {
        self.servers = servers
    }

    /// What an address says: `nats://HOST:PORT,HOST:PORT…`, with `?replicas=N` behind it.
    ///
    /// A user and password stand before the first host and go for all.
    public init?(address: String) {
        let parts = address.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let (scheme, hosts) = Self.split(parts[0]), !hosts.isEmpty else { return nil }
        self.init(servers: hosts.map { "\(scheme)://\($0)" })
        for setting in parts.dropFirst().flatMap({ $0.split(separator: "&") }) {
            let words = setting.split(separator: "=", maxSplits: 1)
            guard words.count == 2, words[0] == "replicas", let count = Int(words[1]), (1...5).contains(count) else {
                return nil
            }
            replicas = count
        }
    }

    /// The scheme, and every host with the first one's user.
    private static func split(_ text: Substring) -> (scheme: Substring, hosts: [String])? {
        let scheme = text.prefix { $0 != ":" }
        guard scheme == "nats" || scheme == "tls", text.dropFirst(scheme.count).hasPrefix("://") else { return nil }
        let rest = text.dropFirst(scheme.count + 3)
        let user = rest.lastIndex(of: "@").map { rest[...$0] } ?? ""
        let hosts = rest.dropFirst(user.count).split(separator: ",").map { user + $0 }
        return (scheme, hosts.map(String.init))
    }
}
