import Synchronization

/// Every series of a process, written out in Prometheus' text format (version 0.0.4).
public final class PrometheusRegistry: Sendable {
    /// The registry that the process's metrics system uses.
    public static let shared = PrometheusRegistry()

    private struct Family {
        let kind: SeriesKind
        var series: [String: PrometheusSeries] = [:]
    }

    private let families = Mutex<[String: Family]>([:])
    private let descriptions = Mutex<[String: String]>([:])

    /// Creates an empty registry.
    public init() {}

    /// The series of this name and these labels, made when it is first asked for.
    ///
    /// A name keeps the kind that it was first used with.
    func series(_ name: String, _ labels: [(String, String)], of kind: SeriesKind) -> PrometheusSeries {
        let name = sanitized(name)
        let key = key(of: labels)
        return families.withLock { families in
            var family = families[name] ?? Family(kind: kind)
            let series = family.series[key] ?? PrometheusSeries(kind: family.kind)
            family.series[key] = series
            families[name] = family
            return series
        }
    }

    /// Says what metrics mean, by their names.
    public func describe(_ texts: [String: String]) {
        descriptions.withLock { $0.merge(texts) { $1 } }
    }

    /// Sets a gauge to what was just measured, in place of all that was measured of it before.
    public func gauge(_ name: String, _ samples: [(labels: [(String, String)], value: Double)]) {
        replace(name, samples, kind: .gauge)
    }

    /// Sets a gauge without labels.
    public func gauge(_ name: String, _ value: Double) {
        replace(name, [(labels: [], value: value)], kind: .gauge)
    }

    /// Sets a counter that is kept elsewhere.
    public func counter(_ name: String, _ samples: [(labels: [(String, String)], value: Double)]) {
        replace(name, samples, kind: .counter)
    }

    private func replace(_ name: String, _ samples: [(labels: [(String, String)], value: Double)], kind: SeriesKind) {
        var family = Family(kind: kind)
        for sample in samples {
            let series = PrometheusSeries(kind: kind)
            series.set(sample.value)
            family.series[key(of: sample.labels)] = series
        }
        families.withLock { $0[sanitized(name)] = family }
    }

    /// Takes what another one has measured in place of these names, and says what its names are.
    func replace(_ former: Set<String>, with measured: PrometheusRegistry) -> Set<String> {
        let latter = measured.families.withLock { $0 }
        families.withLock { families in
            for name in former { families[name] = nil }
            families.merge(latter) { $1 }
        }
        return Set(latter.keys)
    }

    private func key(of labels: [(String, String)]) -> String {
        labels.map { "\(sanitized($0.0))=\"\(escaped($0.1))\"" }.sorted().joined(separator: ",")
    }

    /// Everything measured so far, as text.
    public func exposition() -> String {
        let families = families.withLock { $0 }
        let descriptions = descriptions.withLock { $0 }
        var lines: [String] = []
        for (name, family) in families.sorted(by: { $0.key < $1.key }) where !family.series.isEmpty {
            if let text = descriptions[name] { lines.append("# HELP \(name) \(text)") }
            lines.append("# TYPE \(name) \(family.kind.word)")
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                lines += series.lines(name: name, labels: labels)
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func sanitized(_ name: String) -> String {
        String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") ? $0 : "_" })
    }

    private func escaped(_ value: String) -> String {
        value.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
    }
}
