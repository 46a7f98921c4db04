import Events
import Glibc
import Identity

/// Resolves generated streams, and says how fast that was and how well it agrees with the truth.
///
///     python3 -m Generator stream --folder DIR        # in Tests: events.ndjson, and truth.csv beside it
///     swift run -c release --package-path Benchmarks identity DIR…
@main
struct Main {
    static func main() throws {
        for folder in CommandLine.arguments.dropFirst() { try measure(folder) }
    }

    private static func measure(_ folder: String) throws {
        let truth = try Truth(reading: "\(folder)/truth.csv")
        var stream = try Stream(path: "\(folder)/events.ndjson")
        var graph = MemoryGraph(rules: Rules())
        var owners = Owners(rules: Rules())
        var rows: [Truth.Row] = []
        var reading = 0.0
        while case let batch = try stream.batch(), !batch.isEmpty {
            let facts = timed(&reading) {
                batch.map { event in
                    let facts = Rules.standard.facts(of: event.envelope)
                    graph.add(facts, of: event.envelope.header)
                    return facts
                }
            }
            for (event, facts) in zip(batch, facts) {
                owners.add(facts.identifiers, truth.rows[event.line])
                rows.append(truth.rows[event.line])
            }
        }
        var resolving = 0.0
        let resolved = timed(&resolving) { ResolvedGraph(graph) }
        report(folder, rows, resolved, owners, reading, resolving)
    }

    private static func timed<Result>(_ seconds: inout Double, _ work: () -> Result) -> Result {
        let start = now()
        defer { seconds += now() - start }
        return work()
    }

    private static func report(
        _ folder: String,
        _ rows: [Truth.Row],
        _ resolved: ResolvedGraph,
        _ owners: Owners,
        _ reading: Double,
        _ resolving: Double
    ) {
        let score = Score(rows, profiles: resolved.anchors.map { resolved.profile(of: $0) ?? -1 - $0.member })
        let best = Score(rows, profiles: owners.profiles())
        let states = Dictionary(grouping: resolved.resolution.states, by: \.self).mapValues(\.count)
        let plain = resolved.resolution.profiles.count(where: \.isPlain)
        let all = resolved.resolution.profiles.count
        let addresses = resolved.resolution.profiles.count { profile in
            profile.parts.count { resolved.component.members[$0.member].identifier.namespace == Namespace.email } > 1
        }
        print(
            """
            \(folder): \(rows.count) events
              facts          \(rate(rows.count, reading)) events/s
              resolving      \(rate(rows.count, resolving)) events/s
              both           \(rate(rows.count, reading + resolving)) events/s
              oracle         \(best)
              resolved       \(score), recall \(score.recall / best.recall) of the oracle's
              shared         \(states[.shared] ?? 0), ambiguous \(states[.ambiguous] ?? 0), divided \(states[.divided] ?? 0)
              profiles       \(all), \(all - plain) the long way, \(addresses) with several mail addresses
              rejected       \(resolved.resolution.rejected.count)
            """
        )
    }

    private static func rate(_ events: Int, _ seconds: Double) -> Int { Int(Double(events) / seconds) }

    /// The processor's time, so that what else runs does not count.
    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

extension Rules {
    fileprivate static let standard = Rules()
}
