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

    /// Creates an empty registry.
    public init() {}

    /// The series of this name and these labels, made when it is first asked for.
    ///
    /// A name keeps the kind that it was first used with.
    func series(_ name: String, _ labels: [(String, String)], of kind: SeriesKind) -> PrometheusSeries {
        let name = sanitized(name)
        let key = labels.map { "\(sanitized($0.0))=\"\(escaped($0.1))\"" }.sorted().joined(separator: ",")
        return families.withLock { families in
            var family = families[name] ?? Family(kind: kind)
            let series = family.series[key] ?? PrometheusSeries(kind: family.kind)
            family.series[key] = series
            families[name] = family
            return series
        }
    }

    /// Everything measured so far, as text.
    public func exposition() -> String {
        let families = families.withLock { $0 }
        var lines: [String] = []
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
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
