import Events
import Logging
import MessageLog
import ServiceKit
import Topics

/// The keys that the operator gives a fresh installation in its environment, or in files that this names (`KITH_WRITE_KEY_FILE`).
enum InitialKeys {
    /// Which variable gives a key of which scope.
    private static let variables: [(name: String, scope: GrantedKey.Scope)] = [
        ("KITH_WRITE_KEY", .write), ("KITH_READ_KEY", .read), ("KITH_ADMIN_KEY", .admin),
    ]

    /// Fewer bytes can be guessed by who tries.
    private static let leastBytes = 16

    /// Grants the keys that the environment names, unless `control` knows them already, also as revoked ones.
    ///
    /// A write key's events are of the source `KITH_WRITE_SOURCE`, by default `default`.
    static func grant(
        on log: any MessageLog,
        at now: Timestamp,
        environment: (String) throws -> String? = { try Environment.secret($0) }
    ) async throws {
        let known = try await knownHashes(on: log)
        let source = try environment("KITH_WRITE_SOURCE") ?? "default"
        let keys = try variables.compactMap { variable -> GrantedKey? in
            guard let secret = try environment(variable.name), !secret.isEmpty else { return nil }
            guard !known.contains(Secret.hash(secret)) else { return nil }
            guard secret.utf8.count >= leastBytes else {
                throw InitialKeyError(name: variable.name, leastBytes: leastBytes)
            }
            let wish = KeyWish(
                scope: variable.scope,
                source: variable.scope == .write ? source : variable.scope.rawValue
            )
            return wish.key(secret: secret, at: now)
        }
        if known.isEmpty, keys.isEmpty {
            Logger.current.warning(
                "There is no key, so nobody can send or ask: set KITH_ADMIN_KEY, KITH_READ_KEY and KITH_WRITE_KEY, and start again"
            )
        }
        guard !keys.isEmpty else { return }
        _ = try await log.append(keys.map { ControlRecord.key($0).record(at: now) }, to: Topic.control)
    }

    private static func knownHashes(on log: any MessageLog) async throws(MessageLogError) -> Set<String> {
        var cursor = TopicCursor(log: log, topic: Topic.control)
        var hashes: Set<String> = []
        while case let records = try await cursor.next(), !records.isEmpty {
            for record in records {
                if case .key(let key)? = try? ControlRecord(decoding: record.record.value) { hashes.insert(key.hash) }
            }
        }
        return hashes
    }
}

/// Why a key that the environment names is not taken.
struct InitialKeyError: Error, Equatable, CustomStringConvertible {
    let name: String
    let leastBytes: Int

    /// One sentence that says what is wrong, and what to do.
    var description: String {
        "The key in \(name), or in the file that \(name)_FILE names, is too short: it must have \(leastBytes) bytes at least, such "
            + "as “openssl rand -hex 16” gives."
    }
}
