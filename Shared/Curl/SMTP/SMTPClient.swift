import CCurl

/// Sends mail to a server by SMTP on libcurl.
public struct SMTPClient: Sendable {
    /// How the connection is encrypted.
    public enum Security: String, Sendable, CaseIterable {
        /// Not at all.
        case none
        /// Begins in the clear and must change to TLS before anything is said.
        case startTLS = "starttls"
        /// TLS from the first byte.
        case tls
    }

    /// A user name and password.
    public struct Login: Sendable, Equatable {
        /// The user's name.
        public var user: String
        /// The password.
        public var password: String

        /// A login of its parts.
        public init(user: String, password: String) {
            self.user = user
            self.password = password
        }
    }

    /// The server, and how to speak to it.
    public struct Options: Sendable {
        /// The server's name or address.
        public var host: String
        /// The server's port.
        public var port: Int
        /// How the connection is encrypted.
        public var security: Security
        /// Who we are, when the server asks for it.
        public var login: Login?
        /// A file of certificate authorities to trust in place of the system's.
        public var authorities: String?
        /// How many messages may be under way at once; the others wait, within their deadlines.
        public var concurrency: Int

        /// Options of their parts.
        public init(
            host: String,
            port: Int,
            security: Security = .startTLS,
            login: Login? = nil,
            authorities: String? = nil,
            concurrency: Int = 4
        ) {
            self.host = host
            self.port = port
            self.security = security
            self.login = login
            self.authorities = authorities
            self.concurrency = concurrency
        }
    }

    /// What the server said.
    public enum Outcome: Sendable, Equatable {
        /// It has the message.
        case accepted(reply: String)
        /// It does not take it now; later it may.
        case transient(code: Int, reply: String)
        /// It will never take it.
        case permanent(code: Int, reply: String)
    }

    private let options: Options
    private let threads: BlockingThreads
    private let handles: HandlePool

    /// Creates a client with connections of its own.
    public init(_ options: Options) {
        self.options = options
        threads = BlockingThreads(limit: options.concurrency)
        handles = HandlePool(limit: options.concurrency)
    }

    /// Sends one message, whole and with CRLF line ends, to all of the recipients or to none.
    ///
    /// An error says that there was no answer: the server may or may not have the message.
    public func send(
        from sender: String,
        to recipients: [String],
        message: [UInt8],
        deadline: Duration = .seconds(30)
    ) async throws(CurlError) -> Outcome {
        let start = ContinuousClock.now
        try check([sender] + recipients)
        return try await threads.call { cancellation in
            Result { () throws(CurlError) in
                let mail = Mail(sender: sender, recipients: recipients, message: message)
                return try exchange(mail, until: start + deadline, cancellation)
            }
        }
    }

    private struct Mail {
        var sender: String
        var recipients: [String]
        var message: [UInt8]
    }

    /// Nothing may end the command that an address stands in.
    private func check(_ addresses: [String]) throws(CurlError) {
        for address in addresses
        where address.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F || $0 == 0x3C || $0 == 0x3E }) {
            throw .invalidRequest("an e-mail address has a space, a control character or an angle bracket.")
        }
        guard addresses.count > 1, addresses.dropFirst().allSatisfy({ !$0.isEmpty }) else {
            throw .invalidRequest("there is no recipient.")
        }
    }

    private func exchange(
        _ mail: Mail,
        until end: ContinuousClock.Instant,
        _ cancellation: Cancellation
    ) throws(CurlError) -> Outcome {
        let transfer = Transfer(cancellation: cancellation)
        let replies = SMTPReplies()
        var code = 0
        transfer.onHeader = { line in
            replies.take(line)
            return true
        }
        transfer.upload = mail.message[...]
        do throws(CurlError) {
            try handles.withHandle(for: options.host) { handle throws(CurlError) in
                try handle.prepare(remaining: end - .now)
                defer { code = Int(kith_curl_response_code(handle.pointer)) }
                try perform(mail, on: handle, transfer)
            }
        } catch {
            return try outcome(of: error, code: code, reply: replies.refusal)
        }
        return .accepted(reply: replies.acceptance)
    }

    private func outcome(of error: CurlError, code: Int, reply: String) throws(CurlError) -> Outcome {
        // The code is that of the last reply; only a refusal explains the error.
        switch (error, code) {
        case (.timedOut, _), (.cancelled, _), (.addressRefused, _), (.tls, _): throw error
        case (_, 400...499): return .transient(code: code, reply: reply)
        case (.loginDenied, _): throw error
        case (_, 500...599): return .permanent(code: code, reply: reply)
        default: throw error
        }
    }

    private func perform(_ mail: Mail, on handle: borrowing EasyHandle, _ transfer: Transfer) throws(CurlError) {
        configure(handle)
        handle.set(CURLOPT_MAIL_FROM, mail.sender)
        let recipients = TextList(mail.recipients)
        kith_curl_set_list(handle.pointer, CURLOPT_MAIL_RCPT, recipients.pointer)
        defer { kith_curl_set_list(handle.pointer, CURLOPT_MAIL_RCPT, nil) }
        handle.set(CURLOPT_UPLOAD, 1)
        handle.setSize(CURLOPT_INFILESIZE_LARGE, mail.message.count)
        try transfer.perform(on: handle)
    }

    private func configure(_ handle: borrowing EasyHandle) {
        let host = options.host.contains(":") ? "[\(options.host)]" : options.host
        handle.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        handle.set(CURLOPT_URL, "\(options.security == .tls ? "smtps" : "smtp")://\(host):\(options.port)")
        if options.security == .startTLS { handle.set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue)) }
        handle.verifyPeer(authorities: options.authorities)
        if let login = options.login {
            handle.set(CURLOPT_USERNAME, login.user)
            handle.set(CURLOPT_PASSWORD, login.password)
        }
    }
}

/// What the server has said, without its farewell.
private final class SMTPReplies {
    /// The last reply that says yes.
    private(set) var acceptance = ""
    /// The last reply that says no.
    private(set) var refusal = ""

    func take(_ line: UnsafeRawBufferPointer) {
        let text = String(decoding: line.prefix(1000).prefix { $0 != 13 && $0 != 10 }, as: UTF8.self)
        switch text.first {
        case "2" where !text.hasPrefix("221"): acceptance = text
        case "4", "5": refusal = text
        default: break
        }
    }
}
