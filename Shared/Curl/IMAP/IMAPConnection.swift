import CCurl
import Glibc

/// One logged-in conversation with a server, on the thread that made it.
final class IMAPConnection {
    private let handle: EasyHandle
    /// When it has to be over.
    var end: ContinuousClock.Instant
    private let cancellation: Cancellation
    private var buffer = IMAPBuffer()
    private var commands = 0

    init(
        _ options: IMAPClient.Options,
        until end: ContinuousClock.Instant,
        _ cancellation: Cancellation
    ) throws(CurlError) {
        handle = try EasyHandle()
        self.end = end
        self.cancellation = cancellation
        try handle.prepare(remaining: end - .now)
        handle.set(CURLOPT_TCP_KEEPALIVE, 1)
        let host = options.host.contains(":") ? "[\(options.host)]" : options.host
        handle.set(CURLOPT_PROTOCOLS_STR, "imap,imaps")
        handle.set(CURLOPT_URL, "\(options.security == .tls ? "imaps" : "imap")://\(host):\(options.port)/")
        if options.security == .startTLS { handle.set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue)) }
        handle.verifyPeer(authorities: options.authorities)
        handle.set(CURLOPT_USERNAME, options.login.user)
        handle.set(CURLOPT_PASSWORD, options.login.password)
        // For IMAP this is everything up to and including the login.
        handle.set(CURLOPT_CONNECT_ONLY, 1)
        try Transfer(cancellation: cancellation).perform(on: handle)
    }

    func examine(_ mailbox: String) throws(CurlError) -> IMAPStatus {
        var validity: UInt32?
        var nextUID: UInt32?
        var count = 0
        for response in try command("EXAMINE \(try quoted(mailbox))") {
            validity = response.code("UIDVALIDITY") ?? validity
            nextUID = response.code("UIDNEXT") ?? nextUID
            if let number = response.count(of: "EXISTS") { count = number }
        }
        guard let validity else { throw .refused("the mailbox has no UIDVALIDITY.") }
        return IMAPStatus(validity: validity, nextUID: nextUID, count: count)
    }

    /// The UIDs from this one on, ascending.
    func uids(from first: UInt32) throws(CurlError) -> [UInt32] {
        try command("UID SEARCH UID \(first):*").flatMap(\.searchResult).filter { $0 >= first }.sorted()
    }

    /// The messages' headers, and which messages the server refuses to give.
    ///
    /// Where it gives none at all, it is not for what they are, and that is an error.
    func headers(of uids: [UInt32], fields: [String]) throws(CurlError) -> IMAPHeaders {
        let part = "HEADER.FIELDS (\(fields.joined(separator: " ")))"
        let items = "UID INTERNALDATE BODY.PEEK[\(part)]<0.\(IMAPMessage.headerLimit)>"
        var headers = IMAPHeaders()
        for start in stride(from: 0, to: uids.count, by: 200) {
            try fetch(items, of: uids[start..<min(start + 200, uids.count)], into: &headers)
        }
        if headers.messages.isEmpty, let refusal = headers.refused.first { throw .refused(refusal.reason) }
        return headers
    }

    /// Some servers refuse a whole set for one message in it that they cannot read: it is found by halves.
    private func fetch(
        _ items: String,
        of uids: ArraySlice<UInt32>,
        into headers: inout IMAPHeaders
    ) throws(CurlError) {
        guard let first = uids.first else { return }
        let set = uids.map(String.init).joined(separator: ",")
        do throws(CurlError) {
            let messages = try command("UID FETCH \(set) (\(items))").compactMap(\.message)
            headers.messages += messages.filter { uids.contains($0.uid) }.sorted { $0.uid < $1.uid }
        } catch {
            guard case .refused(let reason) = error, !headers.isHopeless else { throw error }
            guard uids.count > 1 else {
                // One that refuses by now what it gave before refuses everything, as whoever asks too much: all of it is asked for later.
                if let given = headers.messages.last { _ = try command("UID FETCH \(given.uid) (\(items))") }
                headers.refused.append(IMAPRefusal(uid: first, reason: reason))
                return
            }
            let middle = uids.startIndex + uids.count / 2
            try fetch(items, of: uids[..<middle], into: &headers)
            try fetch(items, of: uids[middle...], into: &headers)
        }
    }

    /// Says good-bye; whether the server hears it does not matter.
    func logOut() {
        _ = try? send(Array("K999999 LOGOUT\r\n".utf8))
    }

    /// Sends a command and returns the untagged responses, once the server has said OK.
    func command(_ text: String) throws(CurlError) -> [IMAPResponse] {
        try responses(before: begin(text))
    }

    /// Sends a command, and returns its tag.
    func begin(_ text: String) throws(CurlError) -> String {
        commands += 1
        let tag = "K\(commands)"
        try send(Array("\(tag) \(text)\r\n".utf8))
        return tag
    }

    /// The untagged responses until the server says OK to the command.
    func responses(before tag: String) throws(CurlError) -> [IMAPResponse] {
        var untagged: [IMAPResponse] = []
        while true {
            let response = try nextResponse()
            guard response.tag == tag else {
                untagged.append(response)
                continue
            }
            guard response.word == "OK" else { throw .refused(response.text) }
            return untagged
        }
    }

    func send(_ bytes: [UInt8]) throws(CurlError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            var sent = 0
            let code = rest.withUnsafeBytes { curl_easy_send(handle.pointer, $0.baseAddress, $0.count, &sent) }
            rest = rest.dropFirst(sent)
            if code == CURLE_AGAIN {
                try wait(for: Int16(POLLOUT))
            } else if code != CURLE_OK {
                throw CurlError(code, reason: "")
            }
        }
    }

    func nextResponse() throws(CurlError) -> IMAPResponse {
        while true {
            if let response = try buffer.next() { return try IMAPResponse(parsing: response) }
            buffer.add(try receive())
        }
    }

    private func receive() throws(CurlError) -> ArraySlice<UInt8> {
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            var count = 0
            let code = chunk.withUnsafeMutableBytes { curl_easy_recv(handle.pointer, $0.baseAddress, $0.count, &count) }
            switch code {
            case CURLE_OK where count > 0: return chunk[..<count]
            case CURLE_OK: throw .failed(code: 0, reason: "the server closed the connection.")
            case CURLE_AGAIN: try wait(for: Int16(POLLIN))
            default: throw CurlError(code, reason: "")
            }
        }
    }

    private func wait(for events: Int16) throws(CurlError) {
        let remaining = (end - .now).milliseconds
        guard remaining > 0 else { throw .timedOut }
        guard !cancellation.isCancelled else { throw .cancelled }
        var descriptor = pollfd(fd: kith_curl_active_socket(handle.pointer), events: events, revents: 0)
        _ = poll(&descriptor, 1, Int32(min(remaining, 500)))
    }
}

/// What came of asking for messages' headers.
struct IMAPHeaders {
    /// In the order of their UIDs; one that vanished meanwhile is not among them.
    var messages: [IMAPMessage] = []
    var refused: [IMAPRefusal] = []

    /// Whether the server has refused so many and given none that it will refuse the others as well.
    var isHopeless: Bool { messages.isEmpty && refused.count >= 10 }
}
