import Events
import Glibc
import Identity

/// One stream, resolved and timed.
struct Measurement {
    private let rules = Rules()
    private var rows: [Truth.Row] = []
    private var owners: Owners
    private let resolved: ResolvedGraph
    private var reading = 0.0
    private var resolving = 0.0

    init(of folder: String) throws {
        let truth = try Truth(reading: "\(folder)/truth.csv")
        var stream = try Stream(path: "\(folder)/events.ndjson")
        var graph = MemoryGraph(rules: rules)
        owners = Owners(rules: rules)
        while case let batch = try stream.batch(), !batch.isEmpty {
            let facts = Self.timed(&reading) { [rules] in batch.map { rules.facts(of: $0.envelope) } }
            Self.timed(&resolving) {
                for place in batch.indices { graph.add(facts[place], of: batch[place].envelope.header) }
            }
            for (event, facts) in zip(batch, facts) {
                owners.add(facts.identifiers, truth.rows[event.line])
                rows.append(truth.rows[event.line])
            }
        }
        resolved = Self.timed(&resolving) { ResolvedGraph(graph) }
    }

    private static func timed<Result>(_ seconds: inout Double, _ work: () -> Result) -> Result {
        let start = now()
        defer { seconds += now() - start }
        return work()
    }

    /// The processor's time, so that what else runs does not count.
    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    var report: Report {
        var report = Report()
        report.events = rows.count
        report.people = Set(rows.map(\.person)).count
        report.factsRate = Int(Double(rows.count) / reading)
        report.resolvingRate = Int(Double(rows.count) / resolving)
        report.bothRate = Int(Double(rows.count) / (reading + resolving))
        score(&report)
        count(&report)
        report.judge()
        return report
    }

    private func score(_ report: inout Report) {
        let found = Score(rows, profiles: resolved.anchors.map { resolved.profile(of: $0) ?? -1 - $0.member })
        let best = Score(rows, profiles: owners.profiles())
        (report.precision, report.recall) = (found.precision, found.recall)
        (report.oraclePrecision, report.oracleRecall) = (best.precision, best.recall)
        report.shareOfOracle = found.recall / best.recall
        (report.mixed, report.largestMix, report.mostEvents) = (found.mixed, found.largestMix, found.mostEvents)
    }

    private func count(_ report: inout Report) {
        let resolution = resolved.resolution
        let states = Dictionary(grouping: resolution.states, by: \.self).mapValues(\.count)
        report.identifiers = resolution.states.count
        report.profiles = resolution.profiles.count
        report.resolvedTheLongWay = resolution.profiles.count { !$0.isPlain }
        report.largestProfile = resolution.profiles.map(\.parts.count).max() ?? 0
        report.overLimits = Limits(resolved, rules: rules).exceeded
        report.shared = states[.shared] ?? 0
        report.ambiguous = states[.ambiguous] ?? 0
        report.divided = states[.divided] ?? 0
        report.rejected = resolution.rejected.count
    }
}
