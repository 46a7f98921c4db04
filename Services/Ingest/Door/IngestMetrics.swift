import Metrics

/// What the door counts; every series is there from the start, so that a scraper sees zeros.
struct IngestMetrics: Sendable {
    private let accepted = Counter(label: "kith_ingest_events_accepted_total")
    private let bytes = Counter(label: "kith_ingest_body_bytes_total")
    private let rejected: [Refusal.Code: Counter]
    private let requests: [String: Counter]

    /// The statuses that are counted by themselves; others count as their hundreds.
    private static let statuses = [
        "200", "400", "401", "403", "404", "405", "408", "413", "415", "429", "503", "5xx", "other",
    ]

    init() {
        rejected = Dictionary(
            uniqueKeysWithValues: Refusal.Code.allCases.map { code in
                (code, Counter(label: "kith_ingest_events_rejected_total", dimensions: [("reason", code.rawValue)]))
            }
        )
        requests = Dictionary(
            uniqueKeysWithValues: Self.statuses.map { status in
                (status, Counter(label: "kith_ingest_requests_total", dimensions: [("status", status)]))
            }
        )
    }

    /// Counts an answered request.
    func count(status: Int) {
        let exact = status == 200 ? "200" : String(status)
        (requests[exact] ?? requests[status >= 500 ? "5xx" : "other"])?.increment()
    }

    /// Counts a body that was read.
    func count(bodyBytes: Int) {
        bytes.increment(by: bodyBytes)
    }

    /// Counts what became of a request's events, once they are durable.
    func count(_ intake: Intake) {
        accepted.increment(by: intake.receipt.accepted)
        for (code, count) in intake.refusals { rejected[code]?.increment(by: count) }
    }
}
