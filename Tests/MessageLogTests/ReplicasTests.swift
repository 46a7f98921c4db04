import Testing

@testable import MessageLog

@Suite("The copies of a stream")
struct ReplicasTests {
    /// What a leader answers, with what it says of the other servers.
    private func info(configured: Int, _ others: [String]) throws -> StreamInfo {
        let cluster = #"{"name":"kith","leader":"n1","replicas":[\#(others.joined(separator: ","))]}"#
        let text = #"{"config":{"num_replicas":\#(configured)},"state":{"bytes":0,"last_seq":0},"cluster":\#(cluster)}"#
        return try JetStream.decode(Array(text.utf8), of: "X", as: StreamInfo.self)
    }

    private let well = #"{"name":"n2","current":true,"active":1000}"#

    @Test(
        "are all there, though the last message is still on its way",
        arguments: [
            #"{"name":"n3","current":true,"active":900000000}"#,
            #"{"name":"n3","current":false,"active":45653607,"lag":3}"#,
        ]
    )
    func present(_ other: String) throws {
        #expect(try info(configured: 3, [well, other]).replicas(wanted: 3) == Replicas(wanted: 3))
    }

    @Test(
        "lack one that is away, has fallen silent, or is far behind",
        arguments: [
            #"{"name":"n3","current":false,"offline":true,"active":0}"#,
            #"{"name":"n3","current":false,"active":10300620378,"lag":12}"#,
            #"{"name":"n3","current":false,"active":45653607,"lag":590}"#,
        ]
    )
    func missing(_ other: String) throws {
        #expect(try info(configured: 3, [well, other]).replicas(wanted: 3) == Replicas(wanted: 3, missing: 1))
    }

    @Test("lack those that were never made, of as many as the log asks for or the stream has")
    func neverMade() throws {
        #expect(try info(configured: 1, []).replicas(wanted: 3) == Replicas(wanted: 3, missing: 2))
        #expect(try info(configured: 3, [well]).replicas(wanted: 1) == Replicas(wanted: 3, missing: 1))
    }

    @Test("is one where there is one server, and nothing is said of others")
    func alone() throws {
        let text = #"{"config":{"num_replicas":1},"state":{"bytes":0,"last_seq":0}}"#
        let info = try JetStream.decode(Array(text.utf8), of: "X", as: StreamInfo.self)
        #expect(info.replicas(wanted: 1) == Replicas(wanted: 1))
    }

    @Test("are together as few as the one of two that has the fewer")
    func joined() {
        let (first, second) = (Replicas(wanted: 3, missing: 1), Replicas(wanted: 1, missing: 2))
        #expect(first.joined(with: second) == Replicas(wanted: 3, missing: 2))
    }
}
