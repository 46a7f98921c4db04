import Events
import MessageLog
import Topics

/// What came of some records of one partition, to be committed as a whole.
struct HandledBatch: Sendable {
    var partition: Partition
    var epoch: LogEpoch
    /// The offset that was to be read first.
    var from: Offset
    /// The offset to read on from.
    var next: Offset
    /// The messages; a command's id is its once-key.
    var commands: [Command] = []
    var deadLetters: [DeadLetter] = []
    /// How many messages had been made before.
    var duplicates = 0
    var time: Timestamp
}
