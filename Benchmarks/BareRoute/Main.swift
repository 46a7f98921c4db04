import Hummingbird

/// The yardstick for `ingest`: a server that collects the body of every POST and answers 200, and does nothing else.
@main
struct BareRoute {
    static func main() async throws {
        let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8090
        let router = Router()
        router.post("**") { request, _ in
            let body = try await request.body.collect(upTo: 20 << 20)
            return body.readableBytes > 0 ? HTTPResponse.Status.ok : .badRequest
        }
        try await Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port))
        ).runService()
    }
}
