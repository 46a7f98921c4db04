import Events

/// Something that a batch told for the first time of two identifiers: by it profiles may have merged or split.
struct Occasion {
    /// Twice the same where it is about one alone.
    var pair: Pair
    var time: Int64
    var cause: Cause

    init(_ pair: Pair, at time: Int64, _ cause: Cause) {
        self.pair = pair
        self.time = time
        self.cause = cause
    }

    init(_ pair: Pair, _ testimony: Testimony) {
        self.init(pair, at: testimony.time, .event(source: testimony.source, messageID: testimony.messageID))
    }

    init(_ pair: Pair, retracting event: EventHeader) {
        let cause = Cause.event(source: event.source, messageID: event.messageID)
        self.init(pair, at: event.timestamp.microseconds, cause)
    }

    /// The order of their times, and of what happened at the same time by who said so.
    static func precedes(_ left: Occasion, _ right: Occasion) -> Bool {
        left.time != right.time ? left.time < right.time : left.cause < right.cause
    }
}

/// What made profiles merge, split or change their names.
enum Cause {
    case event(source: String, messageID: String)
    /// Somebody's decision, by its id.
    case decision(String)

    private var words: [String] {
        switch self {
        case .event(let source, let messageID): [source, messageID]
        case .decision(let id): [id]
        }
    }
}

extension Cause: Hashable, Comparable {
    static func == (left: Cause, right: Cause) -> Bool { left.exact == right.exact }

    func hash(into hasher: inout Hasher) { hasher.combine(exact) }

    private var exact: [ExactText] { words.map { ExactText($0) } }

    /// The order of the bytes; decisions, which have but an id, need not be told from events by more.
    static func < (left: Cause, right: Cause) -> Bool {
        left.words.lexicographicallyPrecedes(right.words) { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
