import Glibc
import MessageLog

/// How fast a log takes records and gives them back, and how fast NATS servers do by their own client.
///
///     lograte log DIRECTORY|nats://… [--records N] [--bytes N] [--records-per-append N] [--at-once N]
///     lograte bare nats://… [--OPTION N]...
///
/// Writes one line, `append MEGABYTES_PER_SECOND read MEGABYTES_PER_SECOND`, of the records' values.
@main
enum Main {
    static func main() async {
        let words = Array(CommandLine.arguments.dropFirst())
        guard words.count >= 2, let load = Load(Array(words.dropFirst(2))) else {
            fail(
                "usage: lograte log|bare ADDRESS [--records|--bytes|--records-per-append|--at-once NUMBER]...",
                code: 2
            )
        }
        do {
            let (append, read) =
                words[0] == "bare" ? try BareNATS(words[1], load).run() : try await LogUnderLoad(words[1], load).run()
            let megabytes = Double(load.records * load.bytes) / 1e6
            print("append \(Int(megabytes / append.seconds)) read \(Int(megabytes / read.seconds))")
        } catch {
            fail("\(error)", code: 1)
        }
    }

    private static func fail(_ reason: String, code: Int32) -> Never {
        let line = Array("\(reason)\n".utf8)
        _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        exit(code)
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

/// Appends and reads through Kith's own log.
struct LogUnderLoad {
    private static let topic = "events"
    private static let producer = "load"

    private let address: String
    private let load: Load

    init(_ address: String, _ load: Load) {
        self.address = address
        self.load = load
    }

    func run() async throws -> (append: Duration, read: Duration) {
        let writing = try await open(producer: Self.producer)
        // Until then the partition is not there.
        _ = try await writing.lastSequence(of: Self.topic)
        let appends = (0..<min(load.appends, 64)).map { number in
            (0..<load.recordsPerAppend).map { Record(key: [], value: load.value(of: number * 1000 + $0), timestamp: 1) }
        }
        let append = try await ContinuousClock().measure { try await self.append(appends, to: writing) }
        await writing.close()
        let reading = try await open(producer: nil)
        let read = try await ContinuousClock().measure { try await self.read(reading) }
        await reading.close()
        return (append, read)
    }

    private func open(producer: String?) async throws -> any MessageLog {
        guard let servers = NATSLogOptions(address: address) else {
            return try EmbeddedLog(directory: address, producer: producer, options: EmbeddedLogOptions())
        }
        return try await NATSLog.open(servers, producer: producer)
    }

    private func append(_ appends: [[Record]], to log: any MessageLog) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<load.appends {
                if number >= load.atOnce { try await group.next() }
                group.addTask { _ = try await log.append(appends[number % appends.count], to: Self.topic) }
            }
            try await group.waitForAll()
        }
    }

    private func read(_ log: any MessageLog) async throws {
        let partition = Partition(topic: Self.topic, name: Self.producer)
        var offset: Offset = 0
        while offset < Offset(load.appends * load.recordsPerAppend) {
            let records = try await log.read(partition, from: offset, maxRecords: 8192, maxBytes: 8 << 20)
            offset += Offset(records.count)
        }
    }
}
