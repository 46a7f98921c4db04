import ArgumentParser
import Curl
import Events
import MessageLog
import ServiceKit
import Topics

/// Shows the records of a topic, and those that come.
struct Tail: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the records of a topic as they come.",
        discussion: """
            Topics: \(Topic.all.joined(separator: ", ")).

            The log is read directly: from the data directory, also when nothing is running, or from the servers \
            that KITH_LOG names.

            With --url the records come from the API. So they do where KITH_URL is set and none of --data, \
            KITH_DATA and KITH_LOG leads to a log. The API gives new records only, or with --from 0 all of them, \
            and goes on until --limit or Ctrl-C.

            EXAMPLES:
              kith tail events
              kith tail changes --from 0 --limit 10
              kith tail dead-letters --from 0 --no-follow --json
              kith tail changes --from 0 --no-follow \\
                  --trace 4bf92f3577b34da6a3ce929d0e0e4736
            """
    )

    @OptionGroup var options: InstanceOptions

    @Argument(help: "The topic.", completion: .list(Topic.all))
    var topic: String

    @Option(
        help: "The first offset to show of each partition, or the last ten and what comes; with --url 0, or what comes."
    )
    var from: UInt64?

    @Option(help: "How many records to show before ending.")
    var limit: Int?

    @Option(help: "Only what goes back to the request of this id, which its answer names as X-Request-Id.")
    var trace: String?

    @Flag(inversion: .prefixedNo, help: "Go on with what comes; with --url it is always so.")
    var follow = true

    @Flag(help: "Print each record as one line of JSON.")
    var json = false

    func validate() throws {
        guard Topic.all.contains(topic) else {
            throw ValidationError("There is no topic “\(topic)”; there are \(Topic.all.joined(separator: ", ")).")
        }
        guard limit ?? 1 > 0 else { throw ValidationError("--limit must be at least 1.") }
    }

    func run() async throws {
        guard try readsLog else { return try await showRemote() }
        do {
            try await showLocal()
        } catch let error as MessageLogError {
            throw CommandError(.failure, "The log in \(options.data) cannot be read: \(error)")
        }
    }

    /// Whether the log itself is read: an address in the environment is that of the API, and does not forbid it.
    private var readsLog: Bool {
        get throws {
            guard options.url == nil else { return false }
            return try options.address == nil || Environment.secret("KITH_LOG") != nil || hasNamedDirectory
        }
    }

    private var hasNamedDirectory: Bool {
        options.isDirectoryNamed && Files.isDirectory(DataDirectory(options.data).logDirectory)
    }

    private func isWanted(_ line: RecordLine) -> Bool {
        trace.map { line.traces.contains($0) } ?? true
    }

    private func show(_ line: RecordLine) {
        Terminal.output.line(json ? line.json : line.rendered(on: .output))
    }
}

// MARK: - From the data directory

extension Tail {
    private func showLocal() async throws {
        let directory = DataDirectory(options.data)
        let address = try Environment.secret("KITH_LOG")
        guard address != nil || Files.isDirectory(directory.logDirectory) else {
            throw CommandError(
                .notFound,
                "There is no log in \(options.data).",
                remedy: "Start one with “kith up”, give --data, or say by KITH_LOG which servers have it."
            )
        }
        let log = try await LogLocation(address, directory: directory.logDirectory).open(producer: nil)
        var cursor = TopicCursor(log: log, topic: topic, positions: try await start(in: log))
        var left = limit ?? Int.max
        for await _ in log.news(of: [topic]) {
            while left > 0, case let records = try await cursor.next(maxRecords: min(left, 500)), !records.isEmpty {
                let lines = records.map { RecordLine($0) }.filter(isWanted)
                for line in lines { show(line) }
                left -= lines.count
            }
            if left == 0 || !follow { break }
        }
        await log.close()
    }

    private func start(in log: any MessageLog) async throws -> [Partition: Offset] {
        var positions: [Partition: Offset] = [:]
        for status in try await log.partitions(of: topic) {
            positions[status.partition] = from ?? (status.head > 10 ? status.head - 10 : 0)
        }
        return positions
    }
}

// MARK: - From the API

extension Tail {
    private func showRemote() async throws {
        let api = try options.instance().api(.profile, .admin)
        guard from ?? 0 == 0 else {
            throw CommandError(
                .usage,
                "From the API, --from can only be 0: a topic comes from now on or from its start."
            )
        }
        guard follow else {
            throw CommandError(
                .usage,
                "From the API there is no --no-follow: a topic is always followed.",
                remedy: "Give --limit to end after so many records."
            )
        }
        var left = limit ?? Int.max
        let start = from == nil ? "now" : "start"
        do {
            for try await line in api.lines("/v1/topics/\(topic)/stream", query: [("from", start)]) {
                guard let record = Tail.record(in: line), isWanted(record) else { continue }
                show(record)
                left -= 1
                if left == 0 { return }
            }
        } catch let error as CurlError {
            throw api.refusal(error)
        }
        // It was to go on without end: nobody shall take this for all there is.
        throw CommandError(.unreachable, "\(api.url) has ended the stream: it is stopping, or the key was revoked.")
    }

    /// The record that a line of the event stream carries.
    static func record(in line: String) -> RecordLine? {
        guard line.hasPrefix("data: "),
            let document = try? JSONDocument(Array(line.utf8.dropFirst(6)), limits: EventEnvelope.limits)
        else { return nil }
        return RecordLine(json: document.root)
    }
}
