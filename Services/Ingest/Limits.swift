import Events

/// Every number that bounds what a client may send.
struct Limits: Sendable {
    /// A request's body, before and after decompression.
    var bodyBytes = 20 << 20
    /// One event, with what its batch says for all; RudderStack's SDKs send up to 4 MiB.
    var eventBytes = EventEnvelope.mostBytes
    /// One event on the paths for AI traces, which carry whole prompts.
    var traceBytes = 8 << 20
    /// Events in one request.
    var events = 50_000
    /// What a batch says for all its events, written into each of them.
    var sharedBytes = 40 << 20
    /// Values and keys in one event, with what its batch says for all.
    var eventNodes = 1_000_000
    /// Traits and external ids in one event; a profile keeps each of them by itself.
    var facts = 20_000
    /// Values and keys in one request.
    var requestNodes = 2_000_000
    /// Containers inside each other in one event.
    var eventDepth = 32
    /// The text of a `userId`, `anonymousId` or any other identifier, in bytes; no profile takes a longer one.
    var identifierBytes = 512
    /// The name of an event, in bytes; no profile takes an event with a longer one.
    var nameBytes = 1024
    /// The text of a message id, in bytes.
    var messageIDBytes = 1024
    /// The bytes of all bodies that are in the process at one time.
    var bytesInFlight = 20 << 20
    /// How long a client may take to send a body.
    var bodySeconds = 30
    /// What a dead letter keeps of one event.
    var keptOfEvent = 256 << 10
    /// What a dead letter keeps of a body that could not be read.
    var keptOfBody = 16 << 10

    /// What Segment's documentation allows; more is taken, with a warning.
    var usualEventBytes = 32 << 10
    /// Likewise, in one request.
    var usualEvents = 2500
    /// Likewise, of a message id's characters.
    var usualMessageID = 100
}
