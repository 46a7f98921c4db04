import Events
import Topics

/// What holds for every event of one request.
struct Delivery: Sendable {
    /// When the request arrived, by our clock.
    var receivedAt: Timestamp
    /// When it was sent, by the sender's clock.
    var sentAt: Timestamp?
    /// The client's name and version, as its request's headers have it.
    var library: String?
    /// The request that they go back to.
    var trace: TraceContext?
    /// Whether there may be several events, each of which says itself what it is.
    var isBatch = false
    /// Brought in from the past: starts no journey, and its times are taken as they are.
    var historical = false
    /// Segment's batches may say once for all events what their context is.
    private(set) var context: JSONView?
    /// Likewise, which destinations may have them.
    private(set) var integrations: JSONView?
    /// What both of these add to each event.
    private(set) var sharedBytes = 0
    private(set) var sharedNodes = 0
    var limits = Limits()
    /// Whether a text is a key, which no event keeps; operators may choose keys of their own.
    var isKey: @Sendable (String) -> Bool = KeyNames.looksLikeKey
    /// What one event may have; more on the paths for AI traces.
    var eventBytes: Int

    init(receivedAt: Timestamp, limits: Limits = Limits()) {
        self.receivedAt = receivedAt
        self.limits = limits
        eventBytes = limits.eventBytes
    }

    /// Takes what the batch says for all its events.
    mutating func share(context: JSONView?, integrations: JSONView?) {
        self.context = context
        self.integrations = integrations
        for object in [context, integrations] {
            sharedBytes += object?.raw.count ?? 0
            sharedNodes += object?.nodeCount ?? 0
        }
    }
}

/// The families of clients, each with its own words for the same things.
enum Dialect: Sendable, Equatable {
    case segment
    case posthog

    /// Judges one submitted event.
    func judge(_ item: JSONView, call: EventCall? = nil, of delivery: Delivery) -> Verdict {
        do throws(Refusal) {
            switch self {
            case .segment: return .admitted(try SegmentEvent.admit(item, call: call, of: delivery))
            case .posthog: return .admitted(try PostHogEvent.admit(item, of: delivery))
            }
        } catch {
            let part = item.part(bytes: delivery.limits.keptOfEvent)
            return .refused(error, messageID: messageID(of: item), raw: part)
        }
    }

    private func messageID(of item: JSONView) -> String? {
        let id = self == .segment ? item["messageId"] : item["uuid"] ?? item["properties"]?["$insert_id"]
        guard let text = id?.string, text.utf8.count <= 1024 else { return nil }
        return text
    }
}

/// The call that a path stands for, when the body does not say.
enum EventCall: Equatable, Sendable {
    case event(EventType)
    /// RudderStack's call that joins two identifiers.
    case merge

    init?(_ name: some StringProtocol) {
        if let type = EventType(rawValue: String(name)) {
            self = .event(type)
        } else if name == "merge" {
            self = .merge
        } else {
            return nil
        }
    }
}
