import Events
import Glibc
import Logging

/// Writes each log event as one line of JSON to standard error.
struct JSONLogHandler: LogHandler {
    let label: String
    /// What the process logs, unless this logger was given a level of its own.
    var logLevel: Logger.Level {
        get { ownLevel ?? threshold.level }
        set { ownLevel = newValue }
    }
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    private let threshold: LogThreshold
    private var ownLevel: Logger.Level?

    init(label: String, threshold: LogThreshold) {
        self.label = label
        self.threshold = threshold
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata
        fields.merge(metadataProvider?.get() ?? [:]) { $1 }
        fields.merge(event.metadata ?? [:]) { $1 }
        var line = JSONWriter.object { writer in
            writer.field("time", SystemClock.now().description)
            writer.field("level", event.level.rawValue)
            writer.field("service", label)
            writer.field("message", event.message.description)
            for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
                writer.field(key, value.description)
            }
        }
        line.append(UInt8(ascii: "\n"))
        // One write per line: lines of several threads do not mix.
        _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
