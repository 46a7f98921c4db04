import Events
import HTTPTypes
import Hummingbird
import MessageLog
import ServiceKit
import Topics

extension ProfileAPI {
    /// What could not be handled, and giving it another try.
    var deadLetterEndpoints: [Endpoint] {
        let id = PathParameter(
            name: "id",
            summary: "The dead letter's id: its partition and its offset.",
            example: "ingest@17",
            pattern: "^\(RecordPlace.pattern)$"
        )
        return [
            Endpoint(
                method: .get,
                path: "/v1/dead-letters",
                name: "listDeadLetters",
                summary: "What could not be handled, newest first.",
                scope: .admin,
                query: [
                    .limit(), .cursor(Positions.pattern),
                    QueryParameter("service", .text(256), "Only what this service gave up on."),
                    QueryParameter("code", .text(256), "Only this cause, such as `invalid_event`."),
                    QueryParameter("messageId", .text(1024), "Only the event or command with this id."),
                ],
                answer: .json("DeadLetterPage", "A page of dead letters, without their payloads."),
                action: .administration("dead-letters.list", listDeadLetters)
            ),
            Endpoint(
                method: .get,
                path: "/v1/dead-letters/{id}",
                name: "getDeadLetter",
                summary: "One dead letter with its payload.",
                scope: .admin,
                pathParameters: [id],
                answer: .json("DeadLetter", "The dead letter."),
                refusals: [.notFound],
                action: .administration("dead-letters.get", getDeadLetter)
            ),
            Endpoint(
                method: .post,
                path: "/v1/dead-letters/{id}/replay",
                name: "replayDeadLetter",
                summary: "Put a dead letter back on its topic, once.",
                scope: .admin,
                pathParameters: [id],
                answer: .json("Replay", "It is on its topic, from now or from before.", status: .accepted),
                refusals: [.notFound, .conflict],
                action: .administration("dead-letters.replay", replayDeadLetter)
            ),
        ]
    }

    private func listDeadLetters(_ call: Call) async throws -> Administered {
        let filter = DeadLetterFilter(call.query)
        let response = try await historyPage(of: Topic.deadLetters, as: "deadLetters", for: call) { stored in
            guard let letter = try? DeadLetter(decoding: stored.record.value), filter.admits(letter) else { return nil }
            let place = RecordPlace(lane: stored.partition.name, offset: stored.offset)
            return { writer in letter.write(to: &writer, place: place, replayed: replays[place], withPayload: false) }
        }
        return Administered(subject: "dead-letters", response: response)
    }

    private func getDeadLetter(_ call: Call) async throws -> Administered {
        let (place, letter) = try await deadLetter(of: call)
        var writer = JSONWriter()
        letter.write(to: &writer, place: place, replayed: replays[place], withPayload: true)
        return Administered(subject: place.description, response: .json(writer.bytes))
    }

    private func replayDeadLetter(_ call: Call) async throws -> Administered {
        let (place, letter) = try await deadLetter(of: call)
        let topic = try letter.topicForReplay()
        try await refuseSuppressed(letter)
        switch replays.begin(place) {
        case .done(let time):
            return Administered(
                subject: place.description,
                response: replay(of: place, on: topic, at: time, again: true)
            )
        case .underWay:
            throw APIError(.conflict, code: "replay_under_way", message: "This dead letter is being replayed just now.")
        case .yours:
            try await append(letter, from: place, to: topic, for: call)
            return Administered(
                subject: place.description,
                response: replay(of: place, on: topic, at: call.now, again: false)
            )
        }
    }

    /// Refuses what is about to be erased: its topic may have been cleaned already.
    private func refuseSuppressed(_ letter: DeadLetter) async throws {
        guard let gate else { return }
        let sifted = await gate.sifted([letter.record(at: letter.time)], to: Topic.deadLetters)
        guard sifted.dropped.isEmpty else {
            throw APIError(
                .conflict,
                code: "suppressed",
                message: "This dead letter tells of somebody who is to be forgotten."
            )
        }
    }

    private func append(_ letter: DeadLetter, from place: RecordPlace, to topic: String, for call: Call) async throws {
        let mark = Header(name: "kith-replay-of", value: Array(place.description.utf8))
        let record = Record(
            value: Array(letter.payload.utf8),
            headers: [mark] + (letter.trace.map { [$0.header] } ?? []),
            timestamp: call.now.microseconds
        )
        do {
            _ = try await log.append([record], to: topic)
            replays.finish(place, at: call.now)
        } catch {
            replays.abandon(place)
            throw error
        }
    }

    private func deadLetter(of call: Call) async throws -> (RecordPlace, DeadLetter) {
        let nothing = APIError.notFound("There is no dead letter with this id.")
        guard let place = RecordPlace(call.path["id"] ?? "") else { throw nothing }
        let partition = Partition(topic: Topic.deadLetters, name: place.lane)
        guard let stored = try await log.record(at: place.offset, of: partition) else { throw nothing }
        do throws(TopicError) {
            return (place, try DeadLetter(decoding: stored.record.value))
        } catch {
            guard error == .erased else { throw error }
            throw nothing
        }
    }

    private func replay(of place: RecordPlace, on topic: String, at time: Timestamp, again: Bool) -> Response {
        let body = JSONWriter.object { writer in
            writer.field("id", place.description)
            writer.field("topic", topic)
            writer.field("replayedAt", time)
            writer.field("alreadyReplayed", again)
        }
        return .json(body, status: .accepted)
    }
}

extension MessageLog {
    /// The record at an offset; `nil` when there is none, or none any more.
    func record(at offset: Offset, of partition: Partition) async throws(MessageLogError) -> StoredRecord? {
        do {
            let records = try await read(partition, from: offset, maxRecords: 1, maxBytes: 1)
            return records.first
        } catch {
            switch error {
            case .noSuchPartition, .offsetGone, .offsetAhead: return nil
            default: throw error
            }
        }
    }
}

/// Which dead letters a caller wants.
private struct DeadLetterFilter: Sendable {
    let service: String?
    let code: String?
    let messageID: String?

    init(_ query: Query) {
        service = query.text("service")
        code = query.text("code")
        messageID = query.text("messageId")
    }

    func admits(_ letter: DeadLetter) -> Bool {
        (service.map { $0 == letter.service } ?? true) && (code.map { $0 == letter.code } ?? true)
            && (messageID.map { $0 == letter.messageID } ?? true)
    }
}

extension DeadLetter {
    /// The topic to put it back on; refused when its payload is not what that topic carries, as when it was cut.
    fileprivate func topicForReplay() throws -> String {
        switch replayTopic {
        case Topic.events?:
            if (try? EventEnvelope(decoding: Array(payload.utf8))) != nil { return Topic.events }
        case Topic.commands?:
            if (try? Command(decoding: Array(payload.utf8))) != nil { return Topic.commands }
        case Topic.changes?:
            if (try? Change(decoding: Array(payload.utf8))) != nil { return Topic.changes }
        default: break
        }
        throw APIError(
            .conflict,
            code: "not_replayable",
            message: """
                This dead letter cannot be replayed: it was refused before it became a record of a topic. Once its cause is \
                mended, send it again, or have its source read it again (“kith connector reset NAME”).
                """
        )
    }

    /// Writes what the API shows of a dead letter.
    func write(
        to writer: inout JSONWriter,
        place: RecordPlace,
        replayed: Timestamp?,
        withPayload: Bool
    ) {
        writer.beginObject()
        writer.field("id", place.description)
        writer.field("service", service)
        writer.field("code", code)
        writer.field("reason", reason)
        writer.field("origin", origin)
        if let messageID { writer.field("messageId", messageID) }
        if let position { writer.field("position", position) }
        if let replayTopic { writer.field("replayTopic", replayTopic) }
        writer.field("time", time)
        if let replayed { writer.field("replayedAt", replayed) }
        if let trace { writer.field("trace", trace.description) }
        if withPayload { writer.field("payload", payload) }
        writer.endObject()
    }
}
