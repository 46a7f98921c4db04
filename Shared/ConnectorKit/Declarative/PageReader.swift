import Curl
import Events
import JQ

/// Reads the pages of one stream.
struct PageReader: Sendable {
    let stream: StreamDeclaration
    let source: String
    let caller: Caller

    /// One page and what follows from it.
    struct Page: Sendable {
        var batch: SourceBatch
        /// The records as ``SentRows`` knows them, where runs come to the same ones again.
        var rows: [Int] = []
        var state: StreamState
        var isLast: Bool
        /// A value by which the stream would go on if it were of the declared format; empty where no record has any.
        var misfit: String?
    }

    /// Whether a run comes to records again that the one before has read.
    ///
    /// It does to all of them, or to those of the time from which on it asks for changes; not by what the last answer gave.
    var repeatsRecords: Bool {
        if case .answer? = stream.since?.origin { false } else { true }
    }

    /// Reads the next page after a state; `each` is what this round is for.
    ///
    /// - Parameter sent: What the run before has sent, and is left out where it comes again.
    func page(after state: StreamState, each: JSONValue?, leavingOut sent: SentRows) async throws -> Page {
        var state = state
        let asked = caller.surroundings.now()
        let (answer, records, scope) = try await records(after: state, each: each)
        guard let answer else { return Page(batch: SourceBatch(), state: state.ended(reached: nil), isLast: true) }
        if state.page == nil {
            state.began = .string(answer.vendorTime(of: asked, at: caller.surroundings.now()).description)
        }
        let (whole, refused) = try await detailed(records, scope)
        let rows = repeatsRecords ? whole.map(\.hashValue) : []
        var batch = SourceBatch(rejected: refused)
        var reached = state.reached
        for (index, record) in whole.enumerated() {
            if repeatsRecords, sent.isKnown(rows[index]) {
                pass(record, scope, &reached)
            } else {
                take(record, scope, each, &batch, &reached)
            }
        }
        let isNowhere = reached == nil && state.since == nil
        let misfit = isNowhere ? self.misfit(of: whole, scope) : nil
        if case .answer(let expression)? = stream.since?.origin {
            let value = try reported("since", answer) { () throws(ProgramError) in
                try expression.value(of: answer.body, in: scope)
            }
            reached = value ?? reached
        }
        if let next = try next(after: state, answer, records.count, scope) {
            let place = state.going(on: next, reached: reached)
            return Page(batch: batch, rows: rows, state: place, isLast: false, misfit: misfit)
        }
        let since = stream.since.map { $0.next(reached: reached, began: state.began) } ?? nil
        return Page(batch: batch, rows: rows, state: state.ended(reached: since), isLast: true, misfit: misfit)
    }

    /// Asks once for the first page, for what its answer says of the login: somebody waits for it.
    func probe(each: JSONValue?) async throws { _ = try await records(after: StreamState(), each: each, attempts: 1) }

    /// The values of an expression on every record, for the rounds of another stream; those of a page that is ignored are not
    /// among them, nor of the pages behind it.
    func values(of expression: Expression) async throws -> (values: [JSONValue], areAll: Bool) {
        var state = StreamState()
        var seen: Set<JSONValue> = []
        var values: [JSONValue] = []
        while true {
            let (answer, records, scope) = try await records(after: state, each: nil)
            guard let answer else { return (values, false) }
            for record in records {
                values += try reported("each") { () throws(ProgramError) in
                    try expression.values(of: record, in: scope)
                }
            }
            guard let next = try next(after: state, answer, records.count, scope) else {
                return (values, true)
            }
            try check(next, among: &seen)
            state.page = next
        }
    }

    /// Throws when a stream has come to its end and nowhere, since all that it could go on by is of another format or missing.
    ///
    /// - Parameter interval: How often it is read; that it failed is no reason to read all of it again sooner.
    func checkFormat(_ misfit: String?, at state: StreamState, interval: Duration?) throws(ConnectorFailure) {
        guard let misfit, let since = stream.since, state.since == nil else { return }
        let problem =
            misfit.isEmpty
            ? "The field of “since” has no value in any record."
            : "“since” has the format “\(since.format.rawValue)”, and its field gives “\(misfit.prefix(60))”."
        throw ConnectorFailure(
            .system,
            "\(problem) The stream is read from its beginning each time.",
            retryAfter: interval
        )
    }

    /// A page that was there before would begin a circle.
    func check(_ page: JSONValue, among seen: inout Set<JSONValue>) throws(ConnectorFailure) {
        guard seen.insert(page).inserted else {
            throw ConnectorFailure(.system, "The pages of the stream “\(stream.name)” go round in a circle.")
        }
    }

    // MARK: Asking

    private func records(
        after state: StreamState,
        each: JSONValue?,
        attempts: Int = Caller.attempts
    ) async throws -> (answer: Answer?, records: [JSONValue], scope: Scope) {
        let page = state.page ?? stream.pages.first
        var scope = caller.scope.with("each", each)
        let since = try since(state, scope)
        scope = scope.with("since", since).with("page", page)
        let answer = try await caller.answer(to: call(page, since), in: scope, attempts: attempts)
        guard let answer else { return (nil, [], scope) }
        let records = try reported("records", answer) { () throws(ProgramError) in
            try stream.records.values(of: answer.body, in: scope, limit: 1_000_000)
        }
        return (answer, records, scope)
    }

    /// The records as the stream's second request gives them; what is gone meanwhile is left out.
    ///
    /// One that is refused for good would keep the stream from ever going on. Where all are, it is not for what they are.
    private func detailed(
        _ records: [JSONValue],
        _ scope: Scope
    ) async throws -> (whole: [JSONValue], refused: [RejectedRecord]) {
        guard let detail = stream.detail else { return (records, []) }
        var whole: [JSONValue] = []
        var refused: [RejectedRecord] = []
        var refusal: ConnectorFailure?
        for record in records {
            let call = Caller.Call(declaration: detail, input: record)
            do {
                if let answer = try await caller.answer(to: call, in: scope) { whole.append(answer.body) }
            } catch let failure as ConnectorFailure where failure.isRefusal && !failure.mayRestart {
                let reason = "The rest of the record was refused. \(failure.problem)"
                refused.append(RejectedRecord(code: "no_detail", reason: reason, payload: record.bytes))
                refusal = refusal ?? failure
            }
        }
        if whole.isEmpty, let refusal { throw refusal }
        return (whole, refused)
    }

    private func since(_ state: StreamState, _ scope: Scope) throws -> JSONValue? {
        guard let since = stream.since else { return nil }
        let start = try reported("start") { () throws(ProgramError) in try since.start?.text(in: scope) }
        return since.start(of: state, start: start)
    }

    private func call(_ page: JSONValue?, _ since: JSONValue?) -> Caller.Call {
        var call = Caller.Call(declaration: stream.request)
        if let parameter = stream.since?.parameter, let since { call.query.append((parameter, since.plainText)) }
        guard let page else { return call }
        switch stream.pages {
        case .one: break
        case .next, .link: call.address = page.plainText
        case .cursor(_, let parameter, _):
            if let parameter { call.query.append((parameter, page.plainText)) }
        case .number(let parameter, _, _, _), .offset(let parameter, _): call.query.append((parameter, page.plainText))
        }
        return call
    }

    private func next(
        after state: StreamState,
        _ answer: Answer,
        _ count: Int,
        _ scope: Scope
    ) throws -> JSONValue? {
        let page = state.page ?? stream.pages.first
        let scope = scope.with("headers", answer.headerValues)
        let next = try reported("page", answer) { () throws(ProgramError) in
            try stream.pages.next(after: page, answer, records: count, in: scope)
        }
        guard next == nil || next != page else {
            throw ConnectorFailure(.system, "A page of the stream “\(stream.name)” asks for itself again.")
        }
        return next
    }

    // MARK: Records

    private func sinceValue(of record: JSONValue, _ scope: Scope) -> JSONValue? {
        guard case .record(let expression)? = stream.since?.origin else { return nil }
        return (try? expression.value(of: record, in: scope)) ?? nil
    }

    private func misfit(of records: [JSONValue], _ scope: Scope) -> String? {
        guard let since = stream.since, case .record = since.origin, !records.isEmpty else { return nil }
        // Some vendors write a time that there is not as an empty text.
        let values = records.compactMap { sinceValue(of: $0, scope) }.filter { !$0.plainText.isEmpty }
        return values.isEmpty ? "" : values.first { !since.isValid($0) }?.plainText
    }

    private func take(
        _ record: JSONValue,
        _ scope: Scope,
        _ each: JSONValue?,
        _ batch: inout SourceBatch,
        _ reached: inout JSONValue?
    ) {
        let mapping = RecordEvents(source: source, stream: stream.name, expression: stream.events)
        guard let key = key(of: record, scope) else {
            let reason = "The record has no key: \(problem(ofKeyOf: record, scope))"
            return batch.rejected.append(RejectedRecord(code: "no_key", reason: reason, payload: record.bytes))
        }
        let value = sinceValue(of: record, scope)
        let own = mapping.batch(
            of: record,
            key: "\(each?.text ?? "")\(key)",
            time: value.flatMap { stream.since?.time(of: $0) },
            in: scope,
            at: caller.surroundings.now()
        )
        batch.events += own.events
        batch.rejected += own.rejected
        reach(value, &reached)
    }

    /// Passes over a record that is known.
    private func pass(_ record: JSONValue, _ scope: Scope, _ reached: inout JSONValue?) {
        guard key(of: record, scope) != nil else { return }
        reach(sinceValue(of: record, scope), &reached)
    }

    private func key(of record: JSONValue, _ scope: Scope) -> String? {
        (try? stream.key.value(of: record, in: scope))?.plainText
    }

    private func problem(ofKeyOf record: JSONValue, _ scope: Scope) -> String {
        do throws(ProgramError) {
            _ = try stream.key.value(of: record, in: scope)
            return "“key” gives nothing."
        } catch {
            return "“key” fails: \(error.problem)"
        }
    }

    private func reach(_ value: JSONValue?, _ reached: inout JSONValue?) {
        guard let since = stream.since, let value, since.isValid(value) else { return }
        reached = since.greatest(reached, value)
    }

    /// What an expression gives; when it cannot, the failure names its field, unless it is the answer that is not JSON.
    private func reported<Value>(
        _ field: String,
        _ answer: Answer? = nil,
        _ body: () throws(ProgramError) -> Value
    ) throws(ConnectorFailure) -> Value {
        do throws(ProgramError) {
            return try body()
        } catch {
            let outline = answer.map { " \($0.outline)" } ?? ""
            let end = outline.isEmpty || error.problem.hasSuffix(".") ? "" : "."
            let problem = answer?.problem ?? "“\(field)” fails: \(error.problem)\(end)\(outline)"
            throw ConnectorFailure(.system, "The stream “\(stream.name)” is not as expected: \(problem)")
        }
    }
}
