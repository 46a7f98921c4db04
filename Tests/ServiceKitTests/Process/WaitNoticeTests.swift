import Logging
import MessageLog
import ServiceKit
import Synchronization
import Testing

@Suite("The notice of a wait")
struct WaitNoticeTests {
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    private struct Recorder: LogHandler {
        let lines: Lines
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        init(_ lines: Lines) {
            self.lines = lines
        }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let place = event.metadata?["log.directory"].map { " (\($0))" } ?? ""
            lines.add("\(event.level) \(event.message)\(place)")
        }
    }

    private static let full = "error The log has no room; make some, and it goes on by itself (/data/log)"

    private let lines = Lines()
    private let logger: Logger
    private let notice = WaitNotice(.log, in: "/data/log")
    private let start = ContinuousClock.now

    init() {
        let lines = lines
        logger = Logger(label: "test") { _ in Recorder(lines) }
    }

    @Test("is given at once and once a minute, however often the work is tried again")
    func onceAMinute() {
        for tries in 0..<240 { notice.waits(because: .full, logger: logger, at: start + .milliseconds(500 * tries)) }
        #expect(lines.all == [Self.full, Self.full])
    }

    @Test("says once that it is over, and nothing when nothing waited")
    func isOver() {
        notice.goesOn(logger: logger)
        #expect(lines.all.isEmpty)
        notice.waits(because: .full, logger: logger, at: start)
        notice.goesOn(logger: logger)
        notice.goesOn(logger: logger)
        #expect(lines.all == [Self.full, "notice The log takes everything again"])
    }

    @Test("is not given over and over where some of the work goes through")
    func flutters() {
        for tries in 0..<50 {
            notice.waits(because: .full, logger: logger, at: start + .seconds(tries))
            notice.goesOn(logger: logger)
        }
        #expect(lines.all.count == 2)
    }

    @Test("is a warning where nobody must do anything")
    func passing() {
        notice.waits(because: .overloaded(pendingBytes: 1), logger: logger, at: start)
        #expect(lines.all == ["warning The log takes nothing now; waiting (/data/log)"])
    }
}
