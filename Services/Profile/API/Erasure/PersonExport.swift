import Events
import Hummingbird
import MessageLog
import NIOCore
import ServiceKit
import Store
import Topics

extension ProfileAPI {
    /// Giving a person everything that is held on them.
    var personExportEndpoint: Endpoint {
        profileEndpoint(
            "/export",
            name: "exportProfile",
            summary: "Everything that is held on a person: the profile, every event, and why it is this person's.",
            answer: .json("PersonExport", "All of it, streamed."),
            isStream: true,
            exportPerson
        )
    }

    /// What grows with a life comes piece by piece, so that a long one needs no more memory than a short one; but for the evidence.
    private func exportPerson(_ call: Call) async throws -> Response {
        let store = inUse.view
        let idle = idleWords(in: store)
        let told = ToldDecisions(inEffect.book, rules: store.lookup.rules)
        let person = try await read(try call.reference(), from: store) { view, db in
            try HeldPerson(view, in: store, idle: idle, told: told, db)
        }
        let body = guardedBody(for: call) { writer in
            try await writer.write(ByteBuffer(bytes: person.head))
            try await Self.writeEvidence(of: person, to: &writer)
            try await Self.writeObservations(of: person, in: store.reader, to: &writer)
            try await writeEvents(of: person, to: &writer)
            try await writeRecords(of: Topic.commands, as: "commands", to: &writer) {
                person.records.writeCommand($0, to: &$1)
            }
            try await writeRecords(of: Topic.deadLetters, as: "deadLetters", to: &writer) {
                person.records.writeDeadLetter($0, replayed: { replays[$0] }, to: &$1)
            }
            try await writer.write(ByteBuffer(string: "}\n"))
        }
        return Response(status: .ok, headers: [.contentType: "application/json"], body: body)
    }

    private static func writeEvidence(
        of person: HeldPerson,
        to writer: inout any ResponseBodyWriter
    ) async throws {
        var list = ListPieces("evidence")
        for link in person.evidence {
            list.add { link.write(to: &$0) }
            if list.isLong { try await writer.write(list.piece()) }
        }
        try await writer.write(list.end())
    }

    private static func writeObservations(
        of person: HeldPerson,
        in store: any SQLStore,
        to writer: inout any ResponseBodyWriter
    ) async throws {
        var list = ListPieces("observations")
        var held = HeldObservations(of: person.numbers)
        while let page = try await held.next(from: store) {
            for observation in page { list.add { observation.write(to: &$0) } }
            if list.isLong { try await writer.write(list.piece()) }
        }
        try await writer.write(list.end())
    }

    private func writeEvents(of person: HeldPerson, to writer: inout any ResponseBodyWriter) async throws {
        var list = ListPieces("events")
        var query = TimelineQuery()
        repeat {
            let page = try await events(of: person.reference, matching: query, limit: 200)
            for (entry, envelope) in page.events { list.add { entry.write(to: &$0, envelope: envelope) } }
            if list.isLong { try await writer.write(list.piece()) }
            query.after = page.next
        } while query.after != nil
        try await writer.write(list.end())
    }

    /// Looks through a whole topic, from the newest record on; whoever waits meanwhile hears now and then that it goes on.
    private func writeRecords(
        of topic: String,
        as name: String,
        to writer: inout any ResponseBodyWriter,
        _ write: (StoredRecord, inout JSONWriter) -> Void
    ) async throws {
        var list = ListPieces(name)
        var history = try await TopicHistory(log: log, topic: topic, cursor: nil)
        var looked = 0
        while let stored = try await history.next() {
            list.add { write(stored, &$0) }
            looked += 1
            if list.isLong || looked.isMultiple(of: 10_000) { try await writer.write(list.piece()) }
        }
        try await writer.write(list.end())
    }
}

/// A list of a JSON object that is written piece by piece, behind other members; with every element on a line of its own.
private struct ListPieces {
    private var bytes: [UInt8]
    private var isEmpty = true

    init(_ name: String) {
        bytes = Array(",\"\(name)\":[".utf8)
    }

    /// Whether enough has come together to be sent.
    var isLong: Bool { bytes.count >= 1 << 16 }

    /// Adds an element, if anything is written.
    mutating func add(_ write: (inout JSONWriter) -> Void) {
        var writer = JSONWriter(capacity: 512)
        write(&writer)
        guard !writer.bytes.isEmpty else { return }
        bytes += (isEmpty ? "\n" : ",\n").utf8
        isEmpty = false
        bytes += writer.bytes
    }

    /// What has come together since the last time, and at least an end of a line.
    mutating func piece() -> ByteBuffer {
        bytes.append(UInt8(ascii: "\n"))
        defer { bytes.removeAll(keepingCapacity: true) }
        return ByteBuffer(bytes: bytes)
    }

    /// The rest, with the end of the list.
    mutating func end() -> ByteBuffer {
        bytes.append(UInt8(ascii: "]"))
        return piece()
    }
}
