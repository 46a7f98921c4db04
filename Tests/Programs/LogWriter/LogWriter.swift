import Glibc
import MessageLog

/// A producer and a reader of the log that tests can kill; the log is a directory, or NATS servers (`nats://…`).
///
/// `append` writes one line for each append once it is acknowledged: `ack SEQUENCE OFFSET`. `read` verifies a whole
/// lane and writes one line for each append found: `has SEQUENCE OFFSET PARTS`, then `head OFFSET`; `reread` does it
/// again and again. `rewrite` replaces records and writes `rewritten COUNT`. `follow` reads
/// until it has seen COUNT records, sleeping only until there is news. What fails is one line on standard error, and
/// the exit code 1.
@main
enum LogWriter {
    static func main() async {
        guard let arguments = Arguments(Array(CommandLine.arguments.dropFirst())) else {
            complain(
                "usage: logwriter append|read|reread|rewrite|follow DIRECTORY TOPIC PRODUCER|COUNT [--OPTION NUMBER]..."
            )
            exit(2)
        }
        do {
            switch arguments.verb {
            case .append: try await append(arguments)
            case .read: try await read(arguments)
            case .reread: try await reread(arguments)
            case .rewrite: try await rewrite(arguments)
            case .follow: try await follow(arguments)
            }
        } catch {
            complain("\(error)")
            exit(1)
        }
    }

    private static func open(
        _ arguments: Arguments,
        producer: String? = nil,
        _ options: EmbeddedLogOptions = EmbeddedLogOptions()
    ) async throws -> any MessageLog {
        guard let servers = NATSLogOptions(address: arguments.directory) else {
            return try EmbeddedLog(directory: arguments.directory, producer: producer, options: options)
        }
        return try await NATSLog.open(servers, producer: producer)
    }

    /// Appends `--count` times from the sequence after the last one stored (or `--after`), `--in-flight` at a time.
    private static func append(_ arguments: Arguments) async throws {
        var options = EmbeddedLogOptions()
        options.segmentBytes = arguments.option("segment", default: options.segmentBytes)
        options.onRecovery = { say("recovered \($0.recordsRecovered) cut \($0.bytesCut)") }
        let log = try await open(arguments, producer: arguments.last, options)
        let topic = arguments.topic
        let (count, bytes) = (arguments.option("count", default: 10), arguments.option("bytes", default: 100))
        let (parts, lanes) = (arguments.option("records", default: 1), arguments.option("in-flight", default: 1))
        let patience = arguments.option("patience", default: 0)
        let last = try await log.lastSequence(of: topic)
        say("ready \(last)")
        let start = UInt64(arguments.option("after", default: Int(last)))
        var next = start
        while next < start + UInt64(count) {
            let last = min(next + UInt64(lanes), start + UInt64(count))
            try await appendAll(next + 1...last, to: topic, of: log, parts: parts, bytes: bytes, patience: patience)
            next = last
        }
        await log.close()
    }

    private static func appendAll(
        _ sequences: ClosedRange<UInt64>,
        to topic: String,
        of log: any MessageLog,
        parts: Int,
        bytes: Int,
        patience: Int
    ) async throws {
        try await withThrowingTaskGroup { group in
            for sequence in sequences {
                // A group of one keeps the order of the sequences; more of them go without.
                let number = sequences.count == 1 ? sequence : nil
                let records = Sample.records(sequence: sequence, count: parts, bytes: bytes)
                group.addTask {
                    try await append(records, sequence: sequence, as: number, to: topic, of: log, patience: patience)
                }
            }
            try await group.waitForAll()
        }
    }

    /// Appends, and tries again as often as patience allows while the storage is full or out of reach.
    ///
    /// Without a number it is not tried again when nobody knows what became of it: it might be there twice.
    private static func append(
        _ records: [Record],
        sequence: UInt64,
        as number: UInt64?,
        to topic: String,
        of log: any MessageLog,
        patience: Int
    ) async throws {
        var attempts = 0
        while true {
            do throws(MessageLogError) {
                let result = try await log.append(records, to: topic, sequence: number)
                if case .at(let offset) = result { say("ack \(sequence) \(offset)") }
                return
            } catch {
                guard error.isPassing, attempts < patience else { throw error }
                say("\(error == .full ? "full" : "waiting") \(sequence)")
                if case .unavailable = error, number == nil { return }
            }
            attempts += 1
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private static func read(_ arguments: Arguments) async throws {
        let log = try await open(arguments)
        let head = try await verify(log, arguments, recordsAtOnce: 1000) { sample, offset in
            if sample.index == 0 { say("has \(sample.sequence) \(offset) \(sample.count)") }
        }
        say("head \(head)")
    }

    /// Reads everything again and again, in steps of another length each time, until the head is at `--until`.
    private static func reread(_ arguments: Arguments) async throws {
        let log = try await open(arguments)
        let end = Offset(arguments.option("until", default: 0))
        var (head, round): (Offset, Int) = (0, 0)
        repeat {
            head = try await verify(log, arguments, recordsAtOnce: 1 + round * 7 % 40) { _, _ in }
            if round == 0 { say("ready") }
            round += 1
        } while head < end
        say("rounds \(round)")
    }

    /// Reads the whole lane, verifies every record, and says where it ends.
    private static func verify(
        _ log: any MessageLog,
        _ arguments: Arguments,
        recordsAtOnce: Int,
        _ found: (Sample.Place, Offset) -> Void
    ) async throws -> Offset {
        let partition = Partition(topic: arguments.topic, name: arguments.last)
        let status = try await log.partitions(of: arguments.topic).first { $0.partition == partition }
        guard let status else { throw MessageLogError.noSuchPartition(partition) }
        var offset = status.first
        while offset < status.head {
            let records = try await log.read(partition, from: offset, maxRecords: recordsAtOnce, maxBytes: 8 << 20)
            for stored in records {
                guard stored.offset == offset, let sample = Sample.check(stored.record) else {
                    throw WrongRecord(offset: offset)
                }
                found(sample, offset)
                offset += 1
            }
        }
        return offset
    }

    /// Empties the records of every `--every`th append, or gives them values of `--bytes`.
    private static func rewrite(_ arguments: Arguments) async throws {
        var options = EmbeddedLogOptions()
        options.segmentBytes = arguments.option("segment", default: options.segmentBytes)
        let log = try await open(arguments, producer: arguments.last, options)
        let (every, bytes) = (arguments.option("every", default: 1), arguments.option("bytes", default: 0))
        let count = try await log.rewrite(arguments.topic) { stored in
            guard Int(stored.record.timestamp).isMultiple(of: every) else { return nil }
            return Sample.rewritten(stored.record, bytes: bytes)
        }
        say("rewritten \(count)")
        await log.close()
    }

    private static func follow(_ arguments: Arguments) async throws {
        let log = try await open(arguments)
        var offsets: [Partition: Offset] = [:]
        var left = Int(arguments.last) ?? 0
        for await _ in log.news(of: [arguments.topic]) {
            for status in try await log.partitions(of: arguments.topic) {
                let partition = status.partition
                var offset = offsets[partition] ?? status.first
                while offset < status.head {
                    offset += Offset(
                        try await log.read(partition, from: offset, maxRecords: 1000, maxBytes: 8 << 20).count
                    )
                }
                left -= Int(offset - (offsets[partition] ?? status.first))
                offsets[partition] = offset
            }
            say("left \(left)")
            if left <= 0 { return }
        }
    }

    /// A record that is not what its place says.
    private struct WrongRecord: Error, CustomStringConvertible {
        var offset: Offset
        var description: String { "The record at offset \(offset) is not the one that was written." }
    }

    private static func say(_ line: String) {
        send(line, to: STDOUT_FILENO)
    }

    private static func complain(_ line: String) {
        send(line, to: STDERR_FILENO)
    }

    private static func send(_ line: String, to descriptor: Int32) {
        let bytes = Array((line + "\n").utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }
}
