import ConnectorKit
import Events

extension SourceBatch {
    /// The batch with a rejected record in place of each event that is too large to be read by anybody.
    var withoutLargeEvents: SourceBatch {
        var batch = self
        batch.events.removeAll { $0.body.count > EventEnvelope.mostBytes }
        batch.rejected += events.filter { $0.body.count > EventEnvelope.mostBytes }.map { event in
            RejectedRecord(
                code: "event_too_large",
                reason: "The event has more than \(EventEnvelope.most).",
                payload: event.body
            )
        }
        return batch
    }
}
