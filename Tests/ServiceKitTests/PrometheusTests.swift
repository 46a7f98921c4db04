import CoreMetrics
import ServiceKit
import Synchronization
import Testing

@Suite("Prometheus exposition")
struct PrometheusTests {
    let registry = PrometheusRegistry()
    var factory: PrometheusFactory { PrometheusFactory(registry: registry) }

    @Test("sums a counter per set of labels, whatever their order")
    func counters() {
        factory.makeCounter(label: "kith_events_total", dimensions: [("b", "2"), ("a", "1")]).increment(by: 2)
        factory.makeCounter(label: "kith_events_total", dimensions: [("a", "1"), ("b", "2")]).increment(by: 3)
        #expect(registry.exposition() == "# TYPE kith_events_total counter\nkith_events_total{a=\"1\",b=\"2\"} 5\n")
    }

    @Test("writes a timer as a cumulative histogram in seconds")
    func timers() {
        let timer = factory.makeTimer(label: "kith_wait_seconds", dimensions: [])
        timer.recordNanoseconds(2_000_000)
        timer.recordNanoseconds(200_000_000)
        let lines = registry.exposition().split(separator: "\n")
        #expect(lines.contains("kith_wait_seconds_bucket{le=\"0.0025\"} 1"))
        #expect(lines.contains("kith_wait_seconds_bucket{le=\"0.25\"} 2"))
        #expect(lines.contains("kith_wait_seconds_bucket{le=\"+Inf\"} 2"))
        #expect(lines.contains("kith_wait_seconds_count 2"))
    }

    @Test("escapes label values and cleans names")
    func escaping() {
        factory.makeMeter(label: "kith.size", dimensions: [("path", "a\"b\\c\nd")]).set(1.5)
        #expect(registry.exposition() == "# TYPE kith_size gauge\nkith_size{path=\"a\\\"b\\\\c\\nd\"} 1.5\n")
    }

    @Test("is without what can no longer be measured, or not in time", arguments: [false, true])
    func unmeasured(takesLong: Bool) async {
        let isThere = Mutex(true)
        let measure = measurement(within: .seconds(30)) { registry in
            guard isThere.withLock({ $0 }) else {
                if takesLong { try await Task.sleep(for: .seconds(3600)) }
                throw CancellationError()
            }
            registry.gauge("kith_lag_records", 0)
        }
        registry.gauge("kith_ready", 1)
        await measure(registry)
        #expect(registry.exposition().contains("kith_lag_records 0"))
        isThere.withLock { $0 = false }
        await measure(registry)
        #expect(registry.exposition() == "# TYPE kith_ready gauge\nkith_ready 1\n")
    }
}
