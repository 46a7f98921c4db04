extension IngestMetrics {
    /// What the names mean.
    static let descriptions = [
        "kith_ingest_events_accepted_total": "Events that were taken.",
        "kith_ingest_events_rejected_total": "Events that were refused, by reason.",
        "kith_ingest_events_suppressed_total": "Events of forgotten persons, which were dropped.",
        "kith_ingest_body_bytes_total": "Bytes of request bodies, as they came.",
        "kith_ingest_inflight_bytes": "Bytes of request bodies that are being handled.",
        "kith_ingest_requests_total": "Requests that were answered, by status.",
    ]
}
