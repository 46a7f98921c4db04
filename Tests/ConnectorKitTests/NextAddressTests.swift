import Events
import Testing

@testable import ConnectorKit

@Suite("The address of the next page")
struct NextAddressTests {
    private let linked = shop.replacing("page: {cursor: .next, as: cursor}", with: "page: {next: .next}")

    @Test(
        "may be written any way that leads to the same server",
        arguments: [
            "https://shop.test/more", "https://Shop.TEST/more", "https://shop.test:443/more",
            "HTTPS://SHOP.test:443/more",
            "/more", "more",
        ]
    )
    func sameServer(address: String) async throws {
        let world = World(.page([("a", 10)], next: address), .page([("b", 20)]))
        let run = await world.run(try world.source(linked))
        #expect(run.failure == nil)
        #expect(run.batches.flatMap(\.events).count == 2)
    }

    @Test(
        "leads to no other server, and not out of encryption",
        arguments: [
            "http://shop.test/more", "http://shop.test:443/more", "https://shop.test:80/more",
            "https://shop.test:8443/more",
            "https://shop.test.evil.test/more", "https://evil.test:443/more", "https://shop.test:443@evil.test/more",
            "https://shop.test@evil.test:443/more", "https://shop.te\u{017F}t/more", "HTTP://shop.test/more",
        ]
    )
    func otherServer(address: String) async throws {
        let world = World(.page([("a", 10)], next: address), .page([("b", 20)]))
        let run = await world.run(try world.source(linked))
        #expect(run.failure?.problem.contains("The next page is at another host") == true)
        #expect(world.addresses == ["/customers"])
    }

    @Test("may name the port where the settings do not, and the other way round", arguments: ["https", "http"])
    func usualPort(scheme: String) {
        let port = scheme == "https" ? 443 : 80
        #expect(RequestBuilder.haveSameOrigin("\(scheme)://[::1]/a", "\(scheme)://[::1]:\(port)"))
        #expect(RequestBuilder.haveSameOrigin("\(scheme)://x.test:\(port)?a", "\(scheme)://X.test/b"))
        #expect(!RequestBuilder.haveSameOrigin("\(scheme)://x.test:8\(port)", "\(scheme)://x.test"))
    }
}
