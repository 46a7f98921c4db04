import Events

/// Where a stream, or one round of it, stands; its JSON form is kept by whoever runs the source.
struct StreamState: Sendable, Equatable {
    /// The greatest value of the records of all runs that have ended.
    var since: JSONValue?
    /// What asks for the next page of the run that has not ended.
    var page: JSONValue?
    /// The greatest value of the run that has not ended.
    var reached: JSONValue?
    /// When the run began that has not ended.
    var began: JSONValue?

    init() {}

    init(_ json: JSONValue?) {
        since = json?["since"]
        page = json?["page"]
        reached = json?["reached"]
        began = json?["began"]
    }

    var json: JSONValue {
        let members = ["since": since, "page": page, "reached": reached, "began": began]
        return .object(members.compactMapValues { $0 })
    }

    /// The state after a page when there is another.
    func going(on page: JSONValue, reached: JSONValue?) -> StreamState {
        var state = self
        state.page = page
        state.reached = reached
        return state
    }

    /// The state after the last page; `reached` is where the next run begins.
    func ended(reached: JSONValue?) -> StreamState {
        var state = StreamState()
        state.since = reached ?? since
        return state
    }
}

extension SinceDeclaration {
    /// From when on to ask, in the format of the field.
    func start(of state: StreamState, start: String?) -> JSONValue? {
        guard let since = state.since else { return start.flatMap(value(of:)) }
        guard lookback > .zero, let time = time(of: since) else { return since }
        return value(at: time - lookback)
    }

    /// The greater of two values; of what cannot be compared, the later one.
    func greatest(_ one: JSONValue?, _ other: JSONValue?) -> JSONValue? {
        guard let one, let other else { return one ?? other }
        guard format != .value, let first = time(of: one), let second = time(of: other) else { return other }
        return first > second ? one : other
    }

    /// Where the next run begins: at the greatest value, but no later than this run began.
    ///
    /// A record that changes behind the pages that are read already is found by the next run, whatever order the
    /// vendor lists in, and a record from the future does not keep the others from being read.
    func next(reached: JSONValue?, began: JSONValue?) -> JSONValue? {
        guard format != .value, let reached, let last = time(of: reached),
            let began = began.flatMap({ Timestamp($0.plainText) }), began < last
        else { return reached }
        return value(at: began)
    }

    /// Whether a value is one of the format.
    func isValid(_ value: JSONValue) -> Bool { format == .value || time(of: value) != nil }

    /// When a value is; `nil` for one that is no time.
    func time(of value: JSONValue) -> Timestamp? {
        switch format {
        case .time: Timestamp.lenient(value.plainText)
        case .seconds: Double(value.plainText).flatMap { Timestamp(seconds: $0) }
        case .milliseconds: Double(value.plainText).flatMap { Timestamp(seconds: $0 / 1000) }
        case .value: nil
        }
    }

    private func value(at time: Timestamp) -> JSONValue {
        switch format {
        case .time, .value: .string(time.description)
        case .seconds: .number(JSONNumber(time.microseconds / 1_000_000))
        case .milliseconds: .number(JSONNumber(time.microseconds / 1000))
        }
    }

    /// What a setting says, which is a time for people.
    private func value(of setting: String) -> JSONValue? {
        guard format != .value, let time = Timestamp.lenient(setting) else {
            return setting.isEmpty ? nil : .string(setting)
        }
        return value(at: time)
    }
}

extension Timestamp {
    init?(seconds: Double) {
        guard seconds.isFinite, abs(seconds) < 1e11 else { return nil }
        self.init(microseconds: Int64((seconds * 1e6).rounded()))
    }
}
