/// Waiting for messages (IDLE, RFC 2177).
extension IMAPConnection {
    /// How long the server may take to answer while it has nothing to wait for.
    static let patience = Duration.seconds(60)

    /// Calls `news` once the open mailbox is watched and then whenever a message arrives, until the connection ends.
    func watch(renewal: Duration, news: () -> Void) throws(CurlError) {
        guard try knows("IDLE") else { throw .refused("it cannot say when a message arrives (IDLE).") }
        var isWatched = false
        while true {
            let tag = try beginIdle(news)
            if !isWatched { news() }
            isWatched = true
            try listen(for: renewal, during: tag, news)
            try endIdle(tag, news)
        }
    }

    private func knows(_ capability: String) throws(CurlError) -> Bool {
        try command("CAPABILITY").contains { response in
            response.word == "CAPABILITY" && response.values.contains { $0.atom?.uppercased() == capability }
        }
    }

    private func beginIdle(_ news: () -> Void) throws(CurlError) -> String {
        end = .now + Self.patience
        let tag = try begin("IDLE")
        while case let response = try nextResponse(), response.tag != "+" {
            try note(response, during: tag, news)
        }
        return tag
    }

    /// Returns when it is time to speak to the server again.
    private func listen(for renewal: Duration, during tag: String, _ news: () -> Void) throws(CurlError) {
        end = .now + renewal
        do throws(CurlError) {
            while true { try note(nextResponse(), during: tag, news) }
        } catch {
            guard error == .timedOut else { throw error }
        }
    }

    private func endIdle(_ tag: String, _ news: () -> Void) throws(CurlError) {
        end = .now + Self.patience
        try send(Array("DONE\r\n".utf8))
        if try responses(before: tag).contains(where: \.isArrival) { news() }
    }

    private func note(_ response: IMAPResponse, during tag: String, _ news: () -> Void) throws(CurlError) {
        guard response.tag != tag else { throw .refused(response.text) }
        if response.isArrival { news() }
    }
}

extension IMAPResponse {
    /// It says how many messages there are; of one that goes, a server says something else.
    fileprivate var isArrival: Bool { count(of: "EXISTS") != nil }
}
