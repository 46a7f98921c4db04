import Events
public import Identity
import IdentityRules
import Logging
public import MessageLog
public import ServiceLifecycle
import Synchronization
public import Topics

/// Takes persons out of what one instance has written to the log, once the profile store has forgotten them.
///
/// - First the instance's own store is cleaned, so that nothing comes from there any more; then every lane is rewritten; then it says
///   so on `control`. Whenever it is cut short, all of that is done again.
/// - Everybody who waits is taken out in one pass, if all were forgotten by the same identity rules.
/// - Whose records are whose is told by the rules that the profile store went by, whatever this instance's file says.
/// - Where there is no room, or anything else fails, it tries again until it succeeds.
public struct LaneEraser: Service {
    /// How long it waits.
    public struct Pauses: Sendable {
        /// For what was on its way to the log before the suppression was known here.
        public var settling: Duration
        /// After a failure.
        public var retry: Duration

        /// Pauses of the given lengths.
        public init(settling: Duration = .seconds(5), retry: Duration = .seconds(15)) {
            self.settling = settling
            self.retry = retry
        }
    }

    private let log: any MessageLog
    private let instance: String
    private let topics: [String]
    private let control: ControlFollower
    private let pauses: Pauses
    private let rules: @Sendable () throws -> Rules
    private let cleanStore: @Sendable ([Suppression]) async throws -> Void

    /// An eraser of an instance's lanes.
    ///
    /// - Parameters:
    ///   - log: The log, opened as the instance.
    ///   - topics: Those that the instance may have a lane of.
    ///   - rules: The identity rules where it is not said by which a person was forgotten; it waits for as long as there are none.
    ///   - cleanStore: Takes persons out of the instance's own store; may be called again for the same ones.
    public init(
        log: any MessageLog,
        instance: String,
        topics: [String] = Topic.all,
        control: ControlFollower,
        pauses: Pauses = Pauses(),
        rules: @escaping @Sendable () throws -> Rules,
        cleanStore: @escaping @Sendable ([Suppression]) async throws -> Void = { _ in }
    ) {
        self.log = log
        self.instance = instance
        self.topics = topics
        self.control = control
        self.pauses = pauses
        self.rules = rules
        self.cleanStore = cleanStore
    }

    /// Erases whoever is to be erased until shutdown.
    public func run() async throws {
        let news = control.news
        await cancelWhenGracefulShutdown {
            await control.isKnown()
            for await _ in news { await eraseAll() }
        }
    }

    /// Erases whoever is to be erased now.
    public func eraseOnce() async throws {
        try await Task.sleep(for: pauses.settling)
        let waiting = waiting
        if !waiting.isEmpty { try await erase(waiting) }
    }

    /// Those who are to be erased, and are not yet.
    private var waiting: [ControlBook.Erasure] { control.erasures(waitingFor: instance) }

    private func eraseAll() async {
        while !waiting.isEmpty, !Task.isCancelled {
            do {
                try await eraseOnce()
            } catch {
                if Task.isCancelled { return }
                Logger.current.warning("Could not erase persons yet", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: pauses.retry)
            }
        }
    }

    /// Erases all who were forgotten by the same rules at a time; those whose rules cannot be read hold up nobody else.
    private func erase(_ erasures: [ControlBook.Erasure]) async throws {
        var failure: (any Error)?
        for (text, erasures) in Dictionary(grouping: erasures, by: { $0.forgotten?.rules }) {
            do { try await erase(erasures, by: text) } catch {
                if Task.isCancelled { throw error }
                failure = error
            }
        }
        if let failure { throw failure }
    }

    private func erase(_ erasures: [ControlBook.Erasure], by text: String?) async throws {
        let known = try text.map { try Rules(yaml: $0) }
        let book = control.book
        let eraser = RecordEraser(
            erasures,
            withdrawals: book.withdrawals,
            rules: try known ?? rules(),
            key: control.key,
            book: book
        )
        try await cleanStore(erasures.map(\.suppression))
        let tally = Tally()
        try await rewrite(by: eraser, tally)
        try await report(erasures, tally)
    }

    private func rewrite(by eraser: RecordEraser, _ tally: Tally) async throws {
        for topic in topics {
            _ = try await log.rewrite(topic) { stored in
                guard let replacement = eraser.replacement(of: stored) else { return nil }
                tally.count(stored, for: replacement.suppressions)
                return replacement.record
            }
        }
    }

    private func report(_ erasures: [ControlBook.Erasure], _ tally: Tally) async throws {
        let now = SystemClock.now()
        let records = erasures.map { erasure in
            let id = erasure.suppression.id
            return ControlRecord.erased(
                Erased(suppression: id, instance: instance, records: tally.counts(of: id), time: now)
            )
        }
        _ = try await log.append(records.map { $0.record(at: now) }, to: Topic.control)
        control.apply(records)
        Logger.current.notice(
            "Erased persons from the log",
            metadata: [
                "suppression.ids": "\(erasures.map(\.suppression.id))", "erased.records": "\(tally.total)",
            ]
        )
    }
}

extension ControlFollower {
    /// Those whom an instance is to take out of what it has on the log, and has not yet.
    func erasures(waitingFor instance: String) -> [ControlBook.Erasure] {
        book.erasures.values.filter { erasure in
            erasure.forgotten != nil && erasure.erased[instance] == nil && !erasure.suppression.identifiers.isEmpty
        }.sorted { $0.suppression.id < $1.suppression.id }
    }
}

/// What was rewritten, each record once however often it is asked for.
private final class Tally: Sendable {
    private struct Place: Hashable {
        var topic: String
        var offset: Offset
    }

    private let places = Mutex<[String: Set<Place>]>([:])

    func count(_ stored: StoredRecord, for suppressions: Set<String>) {
        let place = Place(topic: stored.partition.topic, offset: stored.offset)
        places.withLock { places in
            for id in suppressions { places[id, default: []].insert(place) }
        }
    }

    func counts(of suppression: String) -> [String: Int] {
        let places = places.withLock { $0[suppression] } ?? []
        return Dictionary(grouping: places, by: \.topic).mapValues(\.count)
    }

    var total: Int {
        places.withLock { $0.values.reduce(into: Set()) { $0.formUnion($1) }.count }
    }
}
