public import Events

/// Brings events in from an outside system: it is read from, or it receives.
///
/// - What it needs to go on is its state, a JSON value of its own making, kept by whoever runs it.
/// - The same record gives the same message id whenever it is read, so that reading twice has one effect.
/// - A record that makes no sense is rejected with its reason; it never ends the run.
public protocol Source: Sendable {
    /// How long to wait after a run; `nil` when there is nothing to run again.
    var interval: Duration? { get }

    /// Throws what would keep a run from succeeding, such as a wrong password.
    func check() async throws

    /// What keeps each part of it from being read; a login that is good need not be good for all of them.
    func checks() async -> [PartCheck]

    /// Reads everything there is after `state`, and hands it over batch by batch.
    ///
    /// `emit` returns once the batch is on the log and its state is kept: a run that ends anywhere goes on from there.
    func read(from state: JSONValue?, emit: @Sendable (SourceBatch) async throws -> Void) async throws

    /// The streams that there are, with what is known of them; none if it has no such parts.
    func discover() async throws -> [StreamOutline]

    /// The state without what belongs to one stream, which then begins anew; `nil` if there is nothing of it.
    func state(_ state: JSONValue, without stream: String) -> JSONValue?

    /// Calls `news` whenever there may be something new to read, until its task is cancelled.
    ///
    /// - It calls once as soon as it watches: whatever came before that, is found by the run that follows.
    /// - Whoever runs the source calls ``read(from:emit:)`` after news, and by ``interval`` in any case: news too many cost a run
    ///   each, news too few the time up to the next.
    /// - It returns when nothing ever tells that there is something new. It throws when it cannot watch any longer, and is called
    ///   again later.
    func watch(_ news: @escaping @Sendable () -> Void) async throws

    /// What a request sent to this source holds.
    func receive(_ request: ReceivedRequest) throws(ReceiveRefusal) -> Reception
}

/// A source that is written in Swift.
public protocol NativeSource: Source {
    /// Its type in the configuration, such as `csv`.
    static var type: String { get }
    /// Every setting it knows.
    static var settings: [SettingField] { get }

    /// Creates the source from its checked settings.
    init(_ setup: SourceSetup) throws(SettingsError)
}

/// What a received request comes to.
public enum Reception: Sendable {
    /// Events; a browser that sent them is to go on to this address.
    case batch(SourceBatch, redirect: String? = nil)
    /// It is to be answered with this, as a text or as JSON; nothing is taken.
    case challenge(JSONValue)
}

extension Source {
    /// Nothing is checked.
    public func check() async throws {}

    /// Its check as a whole.
    public func checks() async -> [PartCheck] {
        do {
            try await check()
            return [PartCheck(part: nil, failure: nil)]
        } catch {
            return [PartCheck(part: nil, failure: error as? ConnectorFailure ?? ConnectorFailure(.system, "\(error)"))]
        }
    }

    /// None.
    public func discover() async throws -> [StreamOutline] { [] }

    /// A state has a member for each stream.
    public func state(_ state: JSONValue, without stream: String) -> JSONValue? {
        guard case .object(var members) = state, members.removeValue(forKey: stream) != nil else { return nil }
        return .object(members)
    }

    /// There is nothing to read.
    public func read(from state: JSONValue?, emit: @Sendable (SourceBatch) async throws -> Void) async throws {}

    /// Nothing tells that there is something new.
    public func watch(_ news: @escaping @Sendable () -> Void) async throws {}

    /// Nothing is received.
    public func receive(_ request: ReceivedRequest) throws(ReceiveRefusal) -> Reception { throw .notReceiving }
}

/// What can be known of a stream before it is read.
public struct StreamOutline: Sendable, Equatable {
    /// By what it is called.
    public var name: String
    /// What tells one record from the others; empty when that is not known.
    public var keys: [String]
    /// The names of its records’ members, as far as they are known.
    public var fields: [String]
    /// Whether each run goes on where the last one stopped.
    public var isIncremental: Bool
    /// Whether it is read.
    public var isSelected: Bool

    /// An outline of its parts.
    public init(name: String, keys: [String] = [], fields: [String] = [], isIncremental: Bool, isSelected: Bool) {
        self.name = name
        self.keys = keys
        self.fields = fields
        self.isIncremental = isIncremental
        self.isSelected = isSelected
    }
}

/// What the check of a part of a source came to.
public struct PartCheck: Sendable, Equatable {
    /// Such as a stream; `nil` for the source as a whole.
    public var part: String?
    /// What keeps it from being read; `nil` when nothing does.
    public var failure: ConnectorFailure?

    /// A check of its parts.
    public init(part: String?, failure: ConnectorFailure?) {
        self.part = part
        self.failure = failure
    }
}

/// What a source is made from.
public struct SourceSetup: Sendable {
    /// The source's name, which its events carry.
    public var name: String
    /// Its own settings.
    public var settings: Settings
    /// What it has around it.
    public var surroundings: SourceSurroundings

    /// A setup of its parts.
    public init(name: String, settings: Settings, surroundings: SourceSurroundings = SourceSurroundings()) {
        self.name = name
        self.settings = settings
        self.surroundings = surroundings
    }
}

/// What a source written in Swift has around it.
public struct SourceSurroundings: Sendable {
    /// Keeps secrets that change, such as a refresh token that replaces another.
    public var vault: any Vault
    /// Remembers the records that were read.
    public var memory: any SourceMemory
    /// A folder in which it may keep files; it need not be there yet.
    public var folder: String?
    /// Whether it is read once, and is whole as it is then.
    public var isReadOnce = false

    /// Surroundings of their parts; by themselves they keep nothing.
    public init(vault: any Vault = MemoryVault(), memory: any SourceMemory = NoMemory(), folder: String? = nil) {
        self.vault = vault
        self.memory = memory
        self.folder = folder
    }

    /// Those of a source that is read once.
    public static var once: SourceSurroundings {
        var surroundings = SourceSurroundings()
        surroundings.isReadOnce = true
        return surroundings
    }
}

/// Some events of a source, and where it stands after them.
public struct SourceBatch: Sendable {
    /// What came in.
    public var events: [SourceEvent]
    /// What made no sense.
    public var rejected: [RejectedRecord]
    /// What to go on from once the batch is taken; `nil` leaves it as it was.
    public var state: JSONValue?
    /// How far the run has come, when that is known.
    public var progress: SourceProgress?
    /// The id of the request that it came with: one that was taken before is not taken again.
    public var requestID: String?
    /// What is to be remembered of the records that the events are from.
    public var records: [RecordNote]

    /// A batch of its parts.
    public init(
        events: [SourceEvent] = [],
        rejected: [RejectedRecord] = [],
        state: JSONValue? = nil,
        progress: SourceProgress? = nil,
        requestID: String? = nil,
        records: [RecordNote] = []
    ) {
        self.events = events
        self.rejected = rejected
        self.state = state
        self.progress = progress
        self.requestID = requestID
        self.records = records
    }
}

/// How much of the whole is done.
public struct SourceProgress: Sendable, Equatable {
    /// Such as the bytes read.
    public var done: Int64
    /// Such as the file's bytes.
    public var total: Int64

    /// A progress of its parts.
    public init(done: Int64, total: Int64) {
        self.done = done
        self.total = total
    }
}

/// An event as a source gives it; who runs the source adds the rest of the envelope.
public struct SourceEvent: Sendable, Equatable {
    /// The same whenever the same record is read.
    public var messageID: String
    /// Which of the six calls it is.
    public var type: EventType
    /// The event name of a track call, the name of a page or screen.
    public var name: String?
    /// When it happened.
    public var timestamp: Timestamp
    /// When it happened as the record itself has it, the same whenever it is read; `nil` when it does not say.
    ///
    /// With it an event is told from its copies for as long as it is kept, without it for seven days.
    public var originalTimestamp: Timestamp?
    /// The event in the terms of the Segment specification, as JSON.
    public var body: [UInt8]

    /// A body with more bytes is not taken, by whatever way it comes in.
    public static let mostBytes = (4 << 20) + (64 << 10)
    /// The same, for people to read.
    public static let most = "4 MiB and 64 KiB"

    /// An event of its parts.
    public init(
        messageID: String,
        type: EventType,
        name: String?,
        timestamp: Timestamp,
        originalTimestamp: Timestamp?,
        body: [UInt8]
    ) {
        self.messageID = messageID
        self.type = type
        self.name = name
        self.timestamp = timestamp
        self.originalTimestamp = originalTimestamp
        self.body = body
    }
}

/// A record that gave no event.
public struct RejectedRecord: Sendable, Equatable {
    /// A short constant word for the cause.
    public var code: String
    /// One sentence for a person.
    public var reason: String
    /// The record as it came.
    public var payload: [UInt8]

    /// A rejected record of its parts.
    public init(code: String, reason: String, payload: [UInt8]) {
        self.code = code
        self.reason = reason
        self.payload = payload
    }
}

/// Why a record gives no event.
public struct RecordError: Error, Equatable, Sendable {
    /// A short constant word for the cause.
    public var code: String
    /// One sentence for a person.
    public var reason: String

    /// An error of its parts.
    public init(_ code: String, _ reason: String) {
        self.code = code
        self.reason = reason
    }
}
