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

    /// The same source for looking at what it would give: what that reads is sent nowhere, so no run may leave it out for that.
    var forPreview: any Source { get }

    /// The streams that there are, with what is known of them; none if it has no such parts.
    func discover() async throws -> [StreamOutline]

    /// The streams of which a state has a member each; `nil` if a state is of another form.
    var streamsOfState: [String]? { get }

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
    /// One sentence for a list of connectors.
    static var summary: String { get }
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

    /// Itself, since it keeps nothing from one run to the next.
    public var forPreview: any Source { self }

    /// None.
    public func discover() async throws -> [StreamOutline] { [] }

    /// Not known.
    public var streamsOfState: [String]? { nil }

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
