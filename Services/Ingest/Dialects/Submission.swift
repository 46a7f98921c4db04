import Events

/// A request's body, taken apart: which events it has, and what it says about all of them.
///
/// Anything may come on any path: one event, an object with a `batch`, an array of events. Whose dialect it is, the path says
/// where it can, and the body where two families share a path.
struct Submission {
    let root: JSONView
    let items: [JSONView]
    let dialect: Dialect
    /// Whether it came as one event, whose refusal is the request's.
    let isSingle: Bool

    /// Why a body as a whole could not be taken.
    struct Unreadable: Error, Equatable {
        var code: String
        var message: String
    }

    /// Takes a body apart.
    ///
    /// - Parameter hasBatches: Whether an object may have its events in a member; of a system that knows no events, what is
    ///   called `batch` or `data` is something else.
    init(_ body: [UInt8], dialect: Dialect?, hasBatches: Bool = true, limits: Limits) throws(Unreadable) {
        do throws(JSONError) {
            // A batch puts its events two levels down.
            let bounds = JSONLimits(depth: limits.eventDepth + 2, nodes: limits.requestNodes)
            root = try JSONDocument(tolerating: body, limits: bounds).root
        } catch {
            throw Unreadable(code: "invalid_json", message: error.description)
        }
        guard root.kind == .object || root.kind == .array else {
            throw Unreadable(code: "invalid_json", message: "The body must be a JSON object or an array of them.")
        }
        let batch = Self.batch(of: root, hasBatches: hasBatches)
        isSingle = batch == nil
        items = batch.map { $0.elements.map { $0 } } ?? [root]
        try Self.check(root, batch: batch, count: items.count, limits: limits)
        self.dialect = dialect ?? Self.dialect(of: root, first: items.first)
        try checkShared(limits: limits)
    }

    /// The events of a body that may have several.
    private static func batch(of root: JSONView, hasBatches: Bool) -> JSONView? {
        if root.kind == .array { return root }
        return hasBatches ? root["batch"] ?? root["data"].flatMap { $0.kind == .array ? $0 : nil } : nil
    }

    /// What is wrong around the events is wrong with all of them: two members `batch`, say, of which one would be lost.
    private static func check(
        _ root: JSONView,
        batch: JSONView?,
        count: Int,
        limits: Limits
    ) throws(Unreadable) {
        guard let batch else { return }
        guard batch.kind == .array else {
            throw Unreadable(code: "invalid_batch", message: "The field “batch” must be an array of events.")
        }
        guard count <= limits.events else {
            throw Unreadable(
                code: "too_many_events",
                message: "The batch has \(count) events; at most \(limits.events) are taken."
            )
        }
        guard root.kind == .object, root.fault != nil else { return }
        var seen: Set<String> = []
        for (key, value) in root.members {
            let isTwin = !seen.insert(key).inserted
            let fault = value.raw.startIndex == batch.raw.startIndex ? nil : value.fault
            if isTwin || fault != nil {
                let message = fault?.description ?? "The batch has the key “\(key.prefix(100))” twice."
                throw Unreadable(code: "invalid_json", message: message)
            }
        }
    }

    /// PostHog's clients name their key and their people in their own way.
    private static func dialect(of root: JSONView, first: JSONView?) -> Dialect {
        if root["writeKey"] != nil { return .segment }
        for key in ["api_key", "token", "$token", "sent_at"] where root[key] != nil { return .posthog }
        guard let first, first["writeKey"] == nil else { return .segment }
        for key in ["distinct_id", "$distinct_id", "api_key", "token"] where first[key] != nil { return .posthog }
        // An event that names its call or its person in Segment's words may have a token of its own among its properties.
        for key in ["type", "userId", "anonymousId"] where first[key] != nil { return .segment }
        let properties = first["properties"]
        return properties?["distinct_id"] != nil || properties?["token"] != nil ? .posthog : .segment
    }
}

extension Submission {
    /// An object that a Segment batch says once for all its events.
    private func shared(_ key: String) -> JSONView? {
        guard !isSingle, root.kind == .object, dialect == .segment else { return nil }
        return root[key].flatMap { $0.kind == .object ? $0 : nil }
    }

    /// It is written into every event, so a small body can mean very much.
    private func checkShared(limits: Limits) throws(Unreadable) {
        let bytes = [shared("context"), shared("integrations")].reduce(0) { $0 + ($1?.raw.count ?? 0) }
        guard bytes * items.count <= limits.sharedBytes else {
            throw Unreadable(
                code: "invalid_batch",
                message: "The batch's context and integrations have \(bytes) bytes, too many for \(items.count) events."
            )
        }
    }

    /// The keys that the body itself carries, of all its events.
    var bodyKeys: [String] {
        KeyNames.body.compactMap { root[$0]?.string }
    }

    /// The key that one event carries; PostHog's browser library puts it among the properties.
    static func key(of item: JSONView) -> String? {
        for key in KeyNames.body {
            if let text = item[key]?.string { return text }
        }
        return item["properties"]?["token"]?.string
    }

    /// What one event has under the names of keys.
    static func keys(in item: JSONView) -> [String] {
        [item, item["properties"]].compactMap(\.self).flatMap { object in
            KeyNames.body.compactMap { object[$0]?.string }
        }
    }

    /// What holds for every event; `sentAt` as the request's own headers and query have it, which the body outranks.
    func delivery(receivedAt: Timestamp, sentAt: Timestamp?, limits: Limits) -> Delivery {
        var delivery = Delivery(receivedAt: receivedAt, limits: limits)
        let isBatch = !isSingle && root.kind == .object
        // One event's own `sentAt` is read with the event.
        let written = dialect == .posthog || isBatch ? root["sentAt"] ?? root["sent_at"] : nil
        delivery.sentAt = written?.lenientTime ?? sentAt
        delivery.isBatch = !isSingle
        delivery.historical = root["historical_migration"]?.bool == true
        delivery.share(context: shared("context"), integrations: shared("integrations"))
        return delivery
    }
}
