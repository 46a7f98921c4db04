import ConnectorKit
import Events

/// What is to be remembered once an append is on the log.
struct Effects: Sendable, Equatable {
    /// A source whose state moves on.
    var source: SourceEffect?
    /// What was published of the outbox.
    var outbox: OutboxEffect?

    struct SourceEffect: Sendable, Equatable {
        var name: String
        /// As the store keeps it; `nil` leaves it as it is.
        var state: String?
        var records: Int
        var rejected: Int
        /// What tells the request from others, and nobody whom it is about: vendors make ids of addresses.
        var request: String?
        var time: Timestamp
        /// What is to be remembered of its records.
        var notes: [RecordNote] = []
        /// How often somebody had been forgotten when its run began (``Forgettings``); `nil` for what is no run's.
        var forgettings: Int?
        /// Where the source stands, as far as its run knows; `nil` for what is no run's.
        var known: Known?

        /// The state that a run has begun with or given last, as the store keeps it.
        struct Known: Sendable, Equatable {
            var state: String?
        }
    }

    /// What went to this topic, up to this id.
    struct OutboxEffect: Sendable, Equatable {
        var topic: String
        var last: Int64
    }
}
