import Events
import Identity
import IdentityRules
import Store

/// Rebuilds that any member is asked for and about: the one that resolves finds what is asked within half a second.
extension GroupNotes: Rebuilds {
    private static let standing = "rebuild"
    private static let request = "rebuild.request"
    private static let rules = "rebuild.rules"
    private static let abortion = "rebuild.abort"

    // MARK: For those who ask

    var status: RebuildStatus {
        get async throws { try await store.read { try Self.status(in: $0) } }
    }

    func begin(_ request: RebuildRequest) async throws -> RebuildStatus {
        try await store.write { db in
            guard try Self.status(in: db).state != .running else { throw RebuildError.underWay }
            try Self.set(Self.request, String(decoding: request.note, as: UTF8.self), in: db)
            try Self.set(Self.rules, request.rules.canonicalText, in: db)
            let status = RebuildStatus(request)
            try Self.set(status, in: db)
            return status
        }
    }

    func abort() async throws -> RebuildStatus {
        try await store.write { db in
            let status = try Self.status(in: db)
            if let reason = status.reasonNotToAbort { throw reason }
            try Self.set(Self.abortion, status.startedAt?.description ?? "", in: db)
            return status
        }
    }

    // MARK: For who does it

    /// What is asked for and was not taken on yet.
    func requestedRebuild() async throws -> RequestedRebuild? {
        try await store.read { db in
            guard let note = try Self.value(Self.request, in: db), let rules = try Self.value(Self.rules, in: db)
            else { return nil }
            return RequestedRebuild(note: Array(note.utf8), rules: rules)
        }
    }

    /// Notes that what was asked for is taken on.
    func removeRequest() async throws {
        try await store.write { try Self.removeRequest(in: $0) }
    }

    /// Notes that what was asked for is not done, and why; returns how it stands.
    func refuseRequest(_ reason: String, at time: Timestamp) async throws -> RebuildStatus {
        try await store.write { db in
            var status = try Self.status(in: db)
            status.state = .failed
            status.finishedAt = time
            status.problem = reason
            try Self.set(status, in: db)
            try Self.removeRequest(in: db)
            return status
        }
    }

    private static func removeRequest(in db: any SQLConnection) throws {
        for name in [request, rules] { try remove(name, in: db) }
    }

    /// Whether the end of a rebuild is asked for; asked once.
    func takeAbortion(of status: RebuildStatus) async throws -> Bool {
        guard try await store.read({ try Self.value(Self.abortion, in: $0) }) != nil else { return false }
        return try await store.write { db in
            let wanted = try Self.value(Self.abortion, in: db)
            try Self.remove(Self.abortion, in: db)
            return wanted == status.startedAt?.description
        }
    }

    /// Notes how the rebuild stands.
    func note(_ status: RebuildStatus) async throws {
        try await store.write { try Self.set(status, in: $0) }
    }

    private static func status(in db: any SQLConnection) throws -> RebuildStatus {
        try value(standing, in: db).flatMap { RebuildStatus(note: Array($0.utf8)) } ?? RebuildStatus()
    }

    private static func set(_ status: RebuildStatus, in db: any SQLConnection) throws {
        var writer = JSONWriter()
        status.write(to: &writer)
        try set(standing, String(decoding: writer.bytes, as: UTF8.self), in: db)
    }
}

/// A rebuild that the member that resolves finds asked for.
enum RequestedRebuild: Equatable, Sendable {
    case readable(RebuildRequest)
    /// A member of another version asked for it, in words that this one does not know; why.
    case unreadable(String)
}

extension RequestedRebuild {
    fileprivate init(note: [UInt8], rules text: String) {
        do throws(RulesError) {
            let rules = try Rules(yaml: text)
            let request = RebuildRequest(note: note, rules: rules)
            self = request.map(Self.readable) ?? .unreadable("The member that resolves cannot read the request.")
        } catch {
            self = .unreadable("The member that resolves cannot read the rules: \(error)")
        }
    }
}
