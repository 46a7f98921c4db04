import Events
import MessageLog
import Topics

/// What came of some records of one partition, to be committed as a whole.
struct HandledBatch: Sendable {
    /// A message for one once-key; the command's id is that key.
    struct Message: Sendable, Equatable {
        var command: Command
    }

    var partition: Partition
    var epoch: LogEpoch
    /// The offset that was to be read first.
    var from: Offset
    /// The offset to read on from.
    var next: Offset
    var messages: [Message] = []
    var deadLetters: [DeadLetter] = []
    var time: Timestamp
}
