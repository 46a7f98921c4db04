import Synchronization
import Testing

@testable import MessageLog

@Suite("The watch over a NATS server")
struct ServerWatchTests {
    /// A watch, and how often it has said that it is time to change.
    private final class Bench: Sendable {
        let start: ContinuousClock.Instant
        let watch: ServerWatch
        let changes = Mutex(0)

        init() {
            let start = ContinuousClock.now
            self.start = start
            watch = ServerWatch(now: start)
            watch.onChange { [weak self] in self?.changes.withLock { $0 += 1 } }
        }

        var count: Int { changes.withLock { $0 } }

        /// A request from one second to another.
        func request(_ begun: Int, _ end: Int, _ request: ServerWatch.Request = .question, isAnswered: Bool) {
            watch.note(request, isAnswered: isAnswered, begun: start + .seconds(begun), now: start + .seconds(end))
        }
    }

    @Test("takes five seconds without an answer for a server that is cut off")
    func silence() {
        let bench = Bench()
        bench.request(0, 3, isAnswered: false)
        bench.request(3, 4, isAnswered: false)
        #expect(bench.count == 0)
        bench.request(3, 6, isAnswered: false)
        #expect(bench.count == 1)
    }

    @Test("stays where somebody answers now and then")
    func answers() {
        let bench = Bench()
        for second in 0..<30 { bench.request(second, second + 3, isAnswered: second % 3 == 2) }
        #expect(bench.count == 0)
    }

    @Test("leaves a server that answers questions and stores nothing")
    func nothingStored() {
        let bench = Bench()
        bench.request(0, 3, .publication, isAnswered: false)
        bench.request(3, 4, isAnswered: true)
        bench.request(4, 7, .publication, isAnswered: false)
        #expect(bench.count == 1)
    }

    @Test("gives the next server as long, whatever was under way before")
    func nextServer() {
        let bench = Bench()
        bench.request(0, 5, isAnswered: false)
        bench.request(4, 6, isAnswered: false)
        bench.watch.begin(now: bench.start + .seconds(6))
        bench.request(5, 12, isAnswered: false)
        bench.request(7, 11, isAnswered: false)
        #expect(bench.count == 1)
        bench.request(11, 12, isAnswered: false)
        #expect(bench.count == 2)
    }

    @Test("makes the log go on to a server that has somebody in charge, whichever it was connected to")
    func change() async throws {
        let (silent, useful) = (try await NATSServers(1, keepsStreams: false), try await NATSServers(1))
        let addresses = try [silent, useful].map { try #require(NATSLogOptions(address: $0.address)).servers }
        var options = NATSLogOptions(servers: addresses.flatMap { $0 })
        // Half of the usual is over before a server is left.
        options.patience = .seconds(300)
        // Each begins with a server at random.
        try await withThrowingDiscardingTaskGroup { group in
            for number in 0..<8 {
                group.addTask { [options] in
                    let log = try await NATSLog.open(options, producer: "ingest-\(number)")
                    let appended = try await log.append([Record(value: [1], timestamp: 1)], to: "events")
                    #expect(appended == .at(0))
                    await log.close()
                }
            }
        }
        withExtendedLifetime((silent, useful)) {}
    }
}
