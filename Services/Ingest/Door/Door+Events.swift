import Events
import HTTPTypes
import Hummingbird
import Logging
import ServiceKit
import Topics

extension Door {
    /// Takes the events of a body, or of a query's `data`.
    func takeEvents(_ visit: Visit, path: EventsPath) async throws -> Response {
        var lease = BodyLease(of: budget)
        let intake = try await judgeEvents(visit, path: path, lease: &lease)
        return try await keep(intake, path: path)
    }

    /// Takes any JSON as one event.
    func takeWebhook(_ visit: Visit) async throws -> Response {
        let path = EventsPath(dialect: .segment)
        var lease = BodyLease(of: budget)
        let intake = try await judgeWebhook(visit, path: path, lease: &lease)
        return try await keep(intake, path: path)
    }

    /// Takes the event of a query.
    ///
    /// An event that is refused still gets its image: it is a person who would see it missing.
    func takePixel(_ visit: Visit, call: EventCall) async throws -> Response {
        let path = EventsPath(dialect: .segment, call: call)
        do {
            _ = try await keep(try await judgePixel(visit, path: path), path: path)
        } catch let error as APIError where error.status == .badRequest {}
        return FixedAnswers.image()
    }

    /// Makes the outcome durable, and answers.
    private func keep(_ intake: Intake, path: EventsPath) async throws -> Response {
        try await appender.append(events: intake.events, deadLetters: intake.deadLetters)
        metrics.count(intake)
        Logger.current.debug(
            "Took in events",
            metadata: [
                "events.accepted": "\(intake.receipt.accepted)", "events.rejected": "\(intake.receipt.rejectedCount)",
            ]
        )
        if intake.isSingle, path.answer == .ofDialect, let refusal = intake.refusal {
            throw APIError.badRequest(refusal.code.rawValue, refusal.message)
        }
        switch (path.answer, intake.dialect) {
        case (.results, _): return .json(intake.receipt.resultsBody)
        case (.ofDialect, .segment): return .json(intake.receipt.segmentBody)
        case (.ofDialect, .posthog): return .json(intake.receipt.posthogBody)
        }
    }
}

// MARK: - Judging

// What is read here is gone when it returns: only the records are left in memory while the disk is waited for.
extension Door {
    private func judgeEvents(_ visit: Visit, path: EventsPath, lease: inout BodyLease) async throws -> Intake {
        let text = try await text(of: visit, lease: &lease)
        return try judge(try await submission(text, dialect: path.dialect, visit: visit), path: path, visit: visit)
    }

    private func judgeWebhook(_ visit: Visit, path: EventsPath, lease: inout BodyLease) async throws -> Intake {
        let text = try await text(of: visit, lease: &lease)
        let body = try await submission(text, dialect: .segment, hasBatches: false, visit: visit)
        var visit = visit
        visit.presented.add(body.bodyKeys)
        let events = WebhookEvent.text(of: body.root, isKey: visit.presented.isKey)
        let submission = try await submission(events, dialect: .segment, hasBatches: false, visit: visit)
        return try judge(submission, path: path, visit: visit)
    }

    private func judgePixel(_ visit: Visit, path: EventsPath) async throws -> Intake {
        let unpacking = Unpacking(contentEncoding: nil, limits: limits)
        let text = try await unpacked(visit) { () throws(Unpacking.Failure) in
            if let data = visit.query?["data"] { return try unpacking.text(ofData: data) }
            return PixelEvent.json(of: visit.query ?? Query(""))
        }
        return try judge(try await submission(text, dialect: .segment, visit: visit), path: path, visit: visit)
    }

    private func judge(_ submission: Submission, path: EventsPath, visit: Visit) throws(APIError) -> Intake {
        var visit = visit
        visit.presented.add(submission.bodyKeys)
        var delivery = submission.delivery(
            receivedAt: visit.receivedAt,
            sentAt: visit.sentAt,
            limits: limits
        )
        delivery.library = visit.library
        delivery.trace = visit.trace
        if path.isTrace { delivery.eventBytes = limits.traceBytes }
        let intake = Intake(submission, path: path, delivery: delivery, keys: visit.presented)
        guard intake.hasKey else { throw visit.keyError }
        return intake
    }
}

// MARK: - The body

extension Door {
    /// The JSON text of a request, out of whatever wraps it.
    private func text(of visit: Visit, lease: inout BodyLease) async throws -> [UInt8] {
        let body = try await body(of: visit, lease: &lease)
        let unpacking = Unpacking(
            contentEncoding: visit.request.headers[.contentEncoding]?.lowercased(),
            limits: limits
        )
        let query = visit.query
        let text = try await unpacked(visit) { () throws(Unpacking.Failure) in
            if body.isEmpty, let data = query?["data"] { return try unpacking.text(ofData: data) }
            return try unpacking.text(of: body)
        }
        guard lease.share.cover(text.count) else { throw Self.noRoom }
        return text
    }

    private func body(of visit: Visit, lease: inout BodyLease) async throws -> [UInt8] {
        switch try await BodyReader(limits: limits).read(visit.request, lease: &lease) {
        case .whole(let bytes):
            metrics.count(bodyBytes: bytes.count)
            return bytes
        case .tooLarge(let beginning):
            let error = tooLarge("The body is larger than \(limits.bodyBytes) bytes.")
            throw await buried(beginning, as: error, visit: visit)
        case .noRoom: throw Self.noRoom
        case .tooSlow: throw tooSlow("The body was not all there after \(limits.bodySeconds) seconds.")
        case .stoodStill: throw tooSlow("The body stood still while there was no room for others.")
        }
    }

    private func tooSlow(_ message: String) -> APIError {
        APIError(.requestTimeout, code: "body_too_slow", message: message)
    }

    private static let noRoom = APIError.busy(
        .tooManyRequests,
        code: "overloaded",
        message: "Too many bytes are on their way in.",
        retryAfter: 1
    )

    private func tooLarge(_ message: String) -> APIError {
        APIError(.contentTooLarge, code: "body_too_large", message: message)
    }

    private func unpacked(
        _ visit: Visit,
        _ unpack: () throws(Unpacking.Failure) -> [UInt8]
    ) async throws -> [UInt8] {
        do throws(Unpacking.Failure) {
            return try unpack()
        } catch {
            throw await buried([], as: apiError(for: error), visit: visit)
        }
    }

    private func apiError(for failure: Unpacking.Failure) -> APIError {
        switch failure {
        case .unsupportedEncoding(let name):
            APIError(
                .unsupportedMediaType,
                code: "unsupported_encoding",
                message: "The encoding “\(name.prefix(40))” is not supported; use gzip, deflate or none."
            )
        case .damaged(let reason): .badRequest("invalid_encoding", reason)
        case .tooLarge: tooLarge("The decompressed body is larger than \(limits.bodyBytes) bytes.")
        }
    }

    private func submission(
        _ text: [UInt8],
        dialect: Dialect?,
        hasBatches: Bool = true,
        visit: Visit
    ) async throws -> Submission {
        do throws(Submission.Unreadable) {
            return try Submission(text, dialect: dialect, hasBatches: hasBatches, limits: limits)
        } catch {
            var visit = visit
            visit.presented.search(text)
            throw await buried(text, as: .badRequest(error.code, error.message), visit: visit)
        }
    }

    /// Makes a dead letter of a body that cannot be taken, if it came with a good key; gives what to answer.
    private func buried(_ body: [UInt8], as error: APIError, visit: Visit) async -> APIError {
        guard let key = visit.presented.writer else { return error }
        let letter = DeadLetter(
            refusal: error.code,
            reason: error.message,
            key: key,
            payload: body,
            keeping: limits.keptOfBody,
            keys: visit.presented,
            at: visit.receivedAt,
            trace: visit.trace
        )
        do throws(APIError) {
            try await appender.append(events: [], deadLetters: [letter.record(at: visit.receivedAt)])
        } catch {
            return error
        }
        return error
    }
}
