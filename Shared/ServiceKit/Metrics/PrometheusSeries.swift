import CoreMetrics
import Synchronization

/// What kind of thing a series measures.
enum SeriesKind: Equatable, Sendable {
    case counter
    case gauge
    case histogram(Buckets)

    /// The word for it in the exposition format.
    var word: String {
        switch self {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }
}

/// The upper bounds of a histogram's buckets.
enum Buckets: Equatable, Sendable {
    case seconds
    case sizes

    var bounds: [Double] {
        switch self {
        case .seconds: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
        case .sizes: [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000]
        }
    }
}

/// One named and labelled series, of any kind.
final class PrometheusSeries: Sendable {
    struct Value {
        var total = 0.0
        var count = 0
        var buckets: [Int]
    }

    let kind: SeriesKind
    private let value: Mutex<Value>
    private let bounds: [Double]

    init(kind: SeriesKind) {
        self.kind = kind
        if case .histogram(let buckets) = kind { bounds = buckets.bounds } else { bounds = [] }
        value = Mutex(Value(buckets: Array(repeating: 0, count: bounds.count)))
    }

    private func add(_ amount: Double) {
        value.withLock { $0.total += amount }
    }

    private func observe(_ amount: Double) {
        guard case .histogram = kind else { return set(amount) }
        let bucket = bounds.firstIndex { amount <= $0 }
        value.withLock { value in
            value.total += amount
            value.count += 1
            if let bucket { value.buckets[bucket] += 1 }
        }
    }
}

extension PrometheusSeries: CounterHandler, FloatingPointCounterHandler {
    func increment(by amount: Int64) { add(Double(amount)) }
    func increment(by amount: Double) { add(amount) }
    func reset() { value.withLock { $0 = Value(buckets: Array(repeating: 0, count: bounds.count)) } }
}

extension PrometheusSeries: MeterHandler {
    func set(_ amount: Int64) { set(Double(amount)) }
    func set(_ amount: Double) { value.withLock { $0.total = amount } }
    func decrement(by amount: Double) { add(-amount) }
}

extension PrometheusSeries: RecorderHandler, TimerHandler {
    func record(_ amount: Int64) { observe(Double(amount)) }
    func record(_ amount: Double) { observe(amount) }
    func recordNanoseconds(_ duration: Int64) { observe(Double(duration) / 1e9) }
}

extension PrometheusSeries {
    /// The series' lines in the exposition format.
    func lines(name: String, labels: String) -> [String] {
        let value = value.withLock { $0 }
        guard case .histogram = kind else { return ["\(name)\(braced(labels)) \(number(value.total))"] }
        var below = 0
        var lines: [String] = []
        for (bound, count) in zip(bounds, value.buckets) {
            below += count
            lines.append("\(name)_bucket\(braced(labels, "le=\"\(number(bound))\"")) \(below)")
        }
        lines.append("\(name)_bucket\(braced(labels, "le=\"+Inf\"")) \(value.count)")
        lines.append("\(name)_sum\(braced(labels)) \(number(value.total))")
        lines.append("\(name)_count\(braced(labels)) \(value.count)")
        return lines
    }

    private func braced(_ labels: String, _ more: String = "") -> String {
        let all = [labels, more].filter { !$0.isEmpty }.joined(separator: ",")
        return all.isEmpty ? "" : "{\(all)}"
    }

    private func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    }
}
