/// Reads a mailbox by IMAP: libcurl connects, encrypts and logs in; what follows is spoken here.
///
/// The mailbox is opened for reading only and bodies are peeked at, so no message is ever marked as seen.
public struct IMAPClient: Sendable {
    /// The server, and how to speak to it.
    public struct Options: Sendable {
        /// The server's name or address.
        public var host: String
        /// The server's port.
        public var port: Int
        /// How the connection is encrypted.
        public var security: SMTPClient.Security
        /// Whose mailbox it is.
        public var login: SMTPClient.Login
        /// A file of certificate authorities to trust in place of the system's.
        public var authorities: String?

        /// Options of their parts.
        public init(
            host: String,
            port: Int,
            security: SMTPClient.Security = .tls,
            login: SMTPClient.Login,
            authorities: String? = nil
        ) {
            self.host = host
            self.port = port
            self.security = security
            self.login = login
            self.authorities = authorities
        }
    }

    private let options: Options
    /// A watch keeps its thread; and who only looks at a mailbox does not wait for whoever reads it.
    private let threads = BlockingThreads(limit: .max)

    /// Creates a client.
    public init(_ options: Options) {
        self.options = options
    }

    /// What the mailbox says of itself.
    public func status(of mailbox: String) async throws(CurlError) -> IMAPStatus {
        try await connected(deadline: .seconds(60)) { connection throws(CurlError) in
            try connection.examine(mailbox)
        }
    }

    /// The next messages in the order of their UIDs: at most `limit`, from after `bookmark` on.
    ///
    /// When the mailbox has another UID validity than the bookmark, its UIDs mean nothing any more, and the reading begins anew.
    public func messages(
        in mailbox: String,
        after bookmark: IMAPBookmark?,
        fields: [String],
        limit: Int = 1000
    ) async throws(CurlError) -> IMAPBatch {
        try await connected(deadline: .seconds(300)) { connection throws(CurlError) in
            let status = try connection.examine(mailbox)
            let last = bookmark.flatMap { $0.validity == status.validity ? $0.lastUID : nil } ?? 0
            guard last < UInt32.max, status.nextUID.map({ last + 1 < $0 }) ?? true else {
                return IMAPBatch(status: status, messages: [], hasMore: false)
            }
            let uids = try connection.uids(from: last + 1)
            let headers = try connection.headers(of: Array(uids.prefix(limit)), fields: fields)
            return IMAPBatch(
                status: status,
                messages: headers.messages,
                refused: headers.refused,
                hasMore: uids.count > limit,
                last: uids.prefix(limit).last
            )
        }
    }

    /// Calls `news` once the mailbox is watched and then whenever a message arrives (IDLE, RFC 2177).
    ///
    /// It goes on until the task is cancelled, the connection breaks, or the server turns out not to know IDLE. The server has to answer
    /// every `renewal`: by that it does not take the client for dead, nor does a router on the way forget the connection, and
    /// a connection that is dead is found to be.
    public func watch(
        _ mailbox: String,
        renewal: Duration = .seconds(9 * 60),
        news: @escaping @Sendable () -> Void
    ) async throws(CurlError) {
        try await connected(deadline: IMAPConnection.patience) { connection throws(CurlError) in
            _ = try connection.examine(mailbox)
            try connection.watch(renewal: renewal, news: news)
        }
    }

    private func connected<Value: Sendable>(
        deadline: Duration,
        _ body: @escaping @Sendable (IMAPConnection) throws(CurlError) -> Value
    ) async throws(CurlError) -> Value {
        let end = ContinuousClock.now + deadline
        let options = options
        return try await threads.call { cancellation in
            Result { () throws(CurlError) in
                let connection = try IMAPConnection(options, until: end, cancellation)
                let value = try body(connection)
                connection.logOut()
                return value
            }
        }
    }
}

/// A mailbox's counters.
public struct IMAPStatus: Sendable, Equatable {
    /// UIDs are comparable only while this stays the same.
    public var validity: UInt32
    /// The UID that the next message will get, when the server tells.
    public var nextUID: UInt32?
    /// How many messages there are.
    public var count: Int
}

/// How far a mailbox has been read.
public struct IMAPBookmark: Sendable, Equatable {
    /// The mailbox's UID validity at that time.
    public var validity: UInt32
    /// Everything up to this UID has been read.
    public var lastUID: UInt32

    /// A bookmark of its parts.
    public init(validity: UInt32, lastUID: UInt32) {
        self.validity = validity
        self.lastUID = lastUID
    }
}

/// Some messages of a mailbox, in the order of their UIDs.
public struct IMAPBatch: Sendable {
    /// The mailbox at that moment.
    public var status: IMAPStatus
    /// The messages; one that vanished meanwhile is not among them.
    public var messages: [IMAPMessage]
    /// Those that the server refuses to give.
    public var refused: [IMAPRefusal] = []
    /// Whether there are more to fetch right now.
    public var hasMore: Bool
    var last: UInt32?

    /// Where to go on after this batch; `nil` when it moved nothing.
    public var bookmark: IMAPBookmark? { last.map { IMAPBookmark(validity: status.validity, lastUID: $0) } }
}

/// A message that the server refuses to give.
public struct IMAPRefusal: Sendable, Equatable {
    /// Its number in the mailbox.
    public var uid: UInt32
    /// What the server says.
    public var reason: String
}

/// One message's header.
public struct IMAPMessage: Sendable, Equatable {
    /// Its number in the mailbox.
    public var uid: UInt32
    /// When the server received it, as the server writes it: `17-Jul-1996 02:44:25 -0700`.
    public var receivedAt: String?
    /// The header fields asked for, as in the message; at most 64 KiB of them, in whole lines.
    public var header: [UInt8]

    /// A message of its parts.
    public init(uid: UInt32, receivedAt: String?, header: [UInt8]) {
        self.uid = uid
        self.receivedAt = receivedAt
        self.header = header
    }
}
