import Curl
import Glibc
import Synchronization
import Testing

@Suite("HTTP client")
struct HTTPClientTests {
    private let client = HTTPClient()

    private func url(_ server: LoopbackServer) -> String { "http://127.0.0.1:\(server.port)/path" }

    /// One that a machine that is busy has the time for.
    private func request(to server: LoopbackServer) -> HTTPRequest {
        HTTPRequest(url: url(server), deadline: .seconds(300))
    }

    @Test("returns the answer whatever its status, and follows no redirect")
    func returnsAnswer() async throws {
        let server = LoopbackServer(
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nX-One: a\r\nContent-Length: 3\r\n\r\nabc"
        )
        let response = try await client.send(request(to: server))
        #expect(response.status == 302)
        #expect(response[header: "x-one"] == "a")
        #expect(response.text == "abc")
        #expect(!response.isTruncated)
    }

    @Test("sends method, headers and body as given, and nothing of its own but the agent")
    func sendsRequest() async throws {
        let server = LoopbackServer { connection, request in
            let head = "HTTP/1.1 200 OK\r\nContent-Length: \(request.utf8.count)\r\n\r\n"
            LoopbackServer.write(head + request, to: connection)
        }
        let request = HTTPRequest(
            method: "PUT",
            url: url(server),
            headers: [HTTPHeader("X-Empty", ""), HTTPHeader("X-A", "b")],
            body: Array("hello".utf8),
            deadline: .seconds(300)
        )
        let text = try await client.send(request).text
        #expect(text.hasPrefix("PUT /path HTTP/1.1\r\n"))
        #expect(text.contains("X-Empty:\r\n"))
        #expect(text.contains("X-A: b\r\n"))
        #expect(text.contains("Content-Length: 5\r\n"))
        #expect(!text.lowercased().contains("expect"))
        #expect(!text.lowercased().contains("content-type"))
    }

    @Test("fails or truncates when the answer is larger than the limit")
    func limitsAnswer() async throws {
        let server = LoopbackServer("HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 200_000))
        await #expect(throws: CurlError.tooLarge(limit: 65536)) {
            try await client.send(request(to: server))
        }
        let cut = try await client.send(
            HTTPRequest(url: url(server), deadline: .seconds(300), responseLimit: 10, excess: .truncate)
        )
        #expect(cut.body.count == 10)
        #expect(cut.isTruncated)
        #expect(cut.status == 200)
    }

    @Test("gives up at the deadline, although bytes keep trickling in")
    func keepsDeadline() async throws {
        let server = LoopbackServer { connection, _ in
            LoopbackServer.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", to: connection)
            for _ in 0..<600 {
                LoopbackServer.write("x", to: connection)
                usleep(100_000)
            }
        }
        // A minute on, the server closes the connection: then the error would be another one.
        await #expect(throws: CurlError.timedOut) {
            try await client.send(HTTPRequest(url: url(server), deadline: .milliseconds(300)))
        }
    }

    @Test("refuses an inside address at connect, also by name")
    func refusesInside() async throws {
        let server = LoopbackServer("HTTP/1.1 200 OK\r\n\r\n")
        let guarded = HTTPClient(.init(addresses: .publicOnly(allow: [])))
        for host in ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]"] {
            await #expect("\(host)") {
                try await guarded.send(HTTPRequest(url: "http://\(host):\(server.port)/", deadline: .seconds(300)))
            } throws: { error in
                if case CurlError.addressRefused = error { true } else { false }
            }
        }
        let allowed = HTTPClient(.init(addresses: .publicOnly(allow: [try #require(CIDR("127.0.0.0/8"))])))
        #expect(try await allowed.send(request(to: server)).status == 200)
    }

    @Test(
        "refuses what cannot be sent as it is meant",
        arguments: [
            "ftp://127.0.0.1/", "file:///etc/passwd", "http://user:pass@127.0.0.1/", "http://user@127.0.0.1/",
            "nonsense",
            "http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: y", "",
        ]
    )
    func refusesAddress(text: String) async {
        await #expect("\(text)") {
            try await client.send(HTTPRequest(url: text))
        } throws: { error in
            if case CurlError.invalidRequest = error { true } else { false }
        }
    }

    @Test("refuses headers that would start another")
    func refusesHeaders() async {
        for header in [
            HTTPHeader("X", "a\r\nY: b"), HTTPHeader("X\n", "a"), HTTPHeader("", "a"), HTTPHeader("X:", "a"),
        ] {
            await #expect("\(header)") {
                try await client.send(HTTPRequest(url: "http://127.0.0.1:1/", headers: [header]))
            } throws: { error in
                if case CurlError.invalidRequest = error { true } else { false }
            }
        }
    }

    @Test("says when nobody listens")
    func saysNotConnected() async {
        await #expect {
            try await client.send(HTTPRequest(url: "http://127.0.0.1:1/"))
        } throws: { error in
            if case CurlError.notConnected = error { true } else { false }
        }
    }

    @Test("streams lines as they arrive")
    func streamsLines() async throws {
        let server = LoopbackServer { connection, _ in
            LoopbackServer.write("HTTP/1.1 200 OK\r\n\r\none\ntw", to: connection)
            usleep(50_000)
            LoopbackServer.write("o\r\n\nlast", to: connection)
        }
        var lines: [String] = []
        for try await line in client.lines(of: request(to: server)) { lines.append(line) }
        #expect(lines == ["one", "two", "", "last"])
    }

    @Test("throws the status of a stream that is not to be had")
    func throwsStatus() async throws {
        let server = LoopbackServer("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone")
        await #expect(throws: CurlError.status(404, body: "none")) {
            for try await _ in client.lines(of: request(to: server)) {}
        }
    }

    @Test("holds up the sender while nobody reads, and ends when the reader leaves")
    func holdsUpSender() async throws {
        let (closed, signal) = AsyncStream<Void>.makeStream()
        let sent = Atomic(0)
        let server = LoopbackServer { connection, _ in
            LoopbackServer.write("HTTP/1.1 200 OK\r\n\r\n", to: connection)
            let piece = [UInt8](repeating: 10, count: 64 * 1024)
            while case let count = send(connection, piece, piece.count, Int32(MSG_NOSIGNAL)), count > 0 {
                sent.add(count, ordering: .relaxed)
            }
            signal.finish()
        }
        let most = 64 << 20
        for try await _ in client.chunks(of: request(to: server)) {
            // Nothing is read until the sender stands still, which one that is not held up never does.
            var before = -1
            while case let now = sent.load(ordering: .relaxed), now != before, now < most {
                before = now
                try await Task.sleep(for: .milliseconds(200))
            }
            let now = sent.load(ordering: .relaxed)
            #expect(now < most)
            break
        }
        for await _ in closed {}
    }

    @Test("sends once what may be sent once only, although a kept connection has swallowed it")
    func sendsOnce() async throws {
        let posts = Posts()
        let server = LoopbackServer(conversation: { connection in
            while case let request = LoopbackServer.header(from: connection), !request.isEmpty {
                guard !request.hasPrefix("POST") else { return posts.add() }
                LoopbackServer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", to: connection)
            }
        })
        _ = try await client.send(request(to: server))
        await #expect(throws: CurlError.self) {
            try await client.send(
                HTTPRequest(method: "POST", url: url(server), body: [1], deadline: .seconds(300), isOnce: true)
            )
        }
        #expect(posts.count == 1)
    }

    @Test("keeps no connection of what may be sent once only, since the next one has its own", .timeLimit(.minutes(5)))
    func closesOnce() async throws {
        let (closed, signal) = AsyncStream<Void>.makeStream()
        let server = LoopbackServer { connection, _ in
            LoopbackServer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", to: connection)
            // Returns once the client has closed.
            _ = LoopbackServer.header(from: connection)
            signal.yield()
        }
        let request = HTTPRequest(
            method: "POST",
            url: url(server),
            body: [1],
            deadline: .seconds(300),
            isOnce: true
        )
        #expect(try await client.send(request).status == 200)
        for await _ in closed { break }
    }

    @Test("ends when the task is cancelled")
    func endsWhenCancelled() async throws {
        let (asked, signal) = AsyncStream<Void>.makeStream()
        let server = LoopbackServer { _, _ in
            signal.yield()
            sleep(120)
        }
        let address = url(server)
        let task = Task { [client] in try await client.send(HTTPRequest(url: address, deadline: .seconds(300))) }
        for await _ in asked { break }
        task.cancel()
        await #expect(throws: CurlError.cancelled) { try await task.value }
    }
}

/// How often something was posted.
private final class Posts: Sendable {
    private let number = Atomic(0)

    var count: Int { number.load(ordering: .acquiring) }

    func add() { number.add(1, ordering: .acquiringAndReleasing) }
}
