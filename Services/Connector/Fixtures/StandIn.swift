import ConnectorKit
import Curl
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// The vendor of a fixture, on this machine: it expects certain requests in a certain order and has an answer to each.
final class StandIn: Sendable {
    private struct Script {
        var expected: [Exchange]
        var next = 0
        var problems: [String] = []
    }

    private let script: Mutex<Script>
    private static let originHeader = "kith-fixture-origin"

    init(_ exchanges: [Exchange]) {
        script = Mutex(Script(expected: exchanges))
    }

    /// What was not as expected; only complete at the end.
    var problems: [String] {
        script.withLock { script in
            let missing = script.expected[min(script.next, script.expected.count)...]
            return script.problems + missing.map { "Nobody asked for \($0.method) \($0.address)." }
        }
    }

    /// Listens while the body runs, which is given how to send to it what is meant for the vendor.
    func serve<Value: Sendable>(
        _ body:
            @escaping @Sendable (@escaping @Sendable (Curl.HTTPRequest) async throws(CurlError) -> Curl.HTTPResponse)
            async throws -> Value
    ) async throws -> Value {
        let (ports, announce) = AsyncStream<Int>.makeStream()
        let server = Application(
            responder: CallbackResponder { (request: Request, _: BasicRequestContext) in try await self.answer(request)
            },
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                announce.yield(channel.localAddress?.port ?? 0)
                announce.finish()
            },
            logger: Logger(label: "fixture", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                try await server.run()
                return nil
            }
            group.addTask {
                var port = 0
                for await announced in ports { port = announced }
                let client = HTTPClient()
                let address = "http://127.0.0.1:\(port)"
                return try await body { request throws(CurlError) in
                    var answer = try await client.send(Self.redirected(request, to: address))
                    // This machine's date, and not the fixture's.
                    answer.headers.removeAll { $0.name.lowercased() == "date" }
                    return answer
                }
            }
            defer { group.cancelAll() }
            while let value = try await group.next() {
                if let value { return value }
            }
            throw CancellationError()
        }
    }

    /// The same request to this machine.
    private static func redirected(_ request: Curl.HTTPRequest, to address: String) -> Curl.HTTPRequest {
        var request = request
        guard let scheme = request.url.firstRange(of: "://") else { return request }
        let end = request.url[scheme.upperBound...].firstIndex { $0 == "/" || $0 == "?" } ?? request.url.endIndex
        request.headers.append(HTTPHeader(originHeader, String(request.url[..<end])))
        // The server would wait for a connection that is kept before it ends.
        request.headers.append(HTTPHeader("Connection", "close"))
        request.url = address + request.url[end...]
        return request
    }

    private func answer(_ request: Request) async throws -> Response {
        var request = request
        let body = try await request.collectBody(upTo: 64 << 20)
        let headers = request.headers.reduce(into: [:]) { $0[$1.name.canonicalName] = $1.value }
        let seen = SeenRequest(
            method: request.method.rawValue,
            origin: headers[Self.originHeader] ?? "",
            target: Target(request.uri.string),
            headers: headers,
            body: Array(body.readableBytesView),
            line: "\(request.method.rawValue) \(request.uri.string)"
        )
        return respond(to: seen)
    }

    private func respond(to request: SeenRequest) -> Response {
        script.withLock { script in
            guard script.next < script.expected.count else {
                script.problems.append("Nobody expected \(request.line).")
                return Response(status: .notImplemented)
            }
            let exchange = script.expected[script.next]
            script.next += 1
            if let problem = Matching.difference(exchange, request) {
                script.problems.append("\(request.line): \(problem).")
            }
            var headers = HTTPFields()
            for (name, value) in exchange.answerHeaders {
                guard let name = HTTPField.Name(name) else { continue }
                headers[name] = value
            }
            return Response(
                status: .init(code: exchange.status),
                headers: headers,
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: exchange.answer))
            )
        }
    }
}
