import Events
import HTTPTypes
import Hummingbird
import Identity
import MessageLog
import NIOCore
import ServiceKit
import Store
import Topics

extension ProfileAPI {
    /// Streams every profile, a page at a time.
    ///
    /// - Each page is one snapshot of the store, so that every profile in it is whole; no snapshot outlives its page, since
    ///   that would keep the store's write-ahead log from shrinking.
    /// - What changes meanwhile is told by `changes` from the position in the header on.
    /// - The next page is read once the client has taken the one before, so a slow client costs no memory.
    func exportProfiles(_ call: Call) async throws -> Response {
        // The whole export is of one store, whatever takes its place meanwhile.
        let view = inUse.view
        let store = view.reader
        let verbose = call.query.flag("verbose") ? view.lookup.rules.traits : nil
        let position = try await TopicFeed(log: log, topic: Topic.changes, start: .head).positions
        let total = try await store.read { try Totals(in: $0).profiles }
        let headers: HTTPFields = [
            .contentType: "application/x-ndjson", .literal("X-Total-Count"): "\(total)",
            .literal("X-Changes-Position"): position.description,
        ]
        let most = limits.traitCharacters
        let body = guardedBody(for: call) { writer in
            var export = ProfileExport(verbose: verbose, characters: most)
            while let page = try await export.next(from: store) { try await writer.write(page) }
        }
        return Response(status: .ok, headers: headers, body: body)
    }
}

/// Reads the profiles in the order of their numbers.
struct ProfileExport: Sendable {
    private static let pageSize = 100
    let verbose: [String: TraitRule]?
    /// How many characters of traits a page has, unless it is of a single profile.
    private let most: Int
    private var last: Int64 = .min
    private var isDone = false

    init(verbose: [String: TraitRule]?, characters most: Int) {
        self.verbose = verbose
        self.most = most
    }

    /// The lines of the next page; `nil` behind the last.
    mutating func next(from store: any SQLStore) async throws -> ByteBuffer? {
        guard !isDone else { return nil }
        let (last, verbose, most) = (last, verbose, most)
        let (newest, lines) = try await store.read { db in
            try Self.page(after: last, verbose: verbose, characters: most, in: db)
        }
        isDone = newest == nil
        self.last = newest ?? last
        return isDone ? nil : ByteBuffer(bytes: lines)
    }

    /// The lines of a page, and the number of the last profile on it, if there is any.
    private static func page(
        after last: Int64,
        verbose: [String: TraitRule]?,
        characters most: Int,
        in db: any SQLConnection
    ) throws -> (last: Int64?, lines: [UInt8]) {
        let sql = "SELECT id FROM profile WHERE id > ? AND shared = 0 ORDER BY id LIMIT \(pageSize)"
        let found = try db.all(sql, [last]) { $0[0] as Int64 }
        let numbers = Array(found.prefix(try ProfileView.fitting(found, characters: most, in: db)))
        var writer = JSONWriter(capacity: 128 * 1024)
        for profile in try WholeProfile.all(numbered: numbers, verbose: verbose, in: db) {
            try profile.write(to: &writer)
            writer.newLine()
        }
        return (numbers.last, writer.bytes)
    }
}
