import Events

/// Reads one event field by field, notes what is odd, and collects the changes its bytes need.
struct EventReader {
    let item: JSONView
    let delivery: Delivery
    var splice = Splice()
    var warnings: [Warning] = []

    /// Refuses what is no event at all: damaged, no object, too large.
    init(_ item: JSONView, of delivery: Delivery) throws(Refusal) {
        self.item = item
        self.delivery = delivery
        if let fault = item.fault { throw Refusal(.invalidJSON, fault.description) }
        guard item.kind == .object else { throw Refusal(.notAnObject, "An event must be a JSON object.") }
        let bytes = item.raw.count + delivery.sharedBytes
        guard bytes <= delivery.eventBytes else {
            throw Refusal(.tooLarge, "The event has \(bytes) bytes; at most \(delivery.eventBytes) are taken.")
        }
        guard item.nodeCount + delivery.sharedNodes <= delivery.limits.eventNodes else {
            throw Refusal(.tooComplex, "The event has more than \(delivery.limits.eventNodes) values and keys.")
        }
        if bytes > delivery.limits.usualEventBytes {
            warnings.append(Warning(.largeEvent, "The event has \(bytes) bytes; other systems take at most 32 KB."))
        }
    }

    /// Refuses more traits and external ids, together, than a profile can take in at once.
    func checkFacts(_ lists: @autoclosure () -> [JSONView?]) throws(Refusal) {
        let limit = delivery.limits.facts
        // Most events are too small to have that many.
        guard item.nodeCount + delivery.sharedNodes > limit else { return }
        let count = lists().reduce(0) { $0 + ($1?.count ?? 0) }
        guard count <= limit else {
            throw Refusal(.tooComplex, "The event has \(count) traits and external ids; at most \(limit) are taken.")
        }
    }

    /// A member that must be an object when it is there; an empty list is how PHP writes one that has nothing.
    func object(_ key: String, in parent: JSONView? = nil) throws(Refusal) -> JSONView? {
        guard let view = (parent ?? item)[key], !view.isEmptyList else { return nil }
        guard view.kind == .object else { throw Refusal(.invalidField, "The field “\(key)” must be an object.") }
        return view
    }

    /// Makes members absent that are empty lists, of those that are objects.
    mutating func removeEmptyLists(_ keys: [String]) {
        for key in keys {
            if let view = item[key], view.isEmptyList { splice.remove(view) }
        }
    }

    /// A text, or a number as its text.
    mutating func text(_ key: String, in parent: JSONView? = nil) throws(Refusal) -> String? {
        guard let view = (parent ?? item)[key] else { return nil }
        if let text = view.string { return text }
        guard let number = view.number else { throw Refusal(.invalidField, "The field “\(key)” must be a string.") }
        warnings.append(Warning(.convertedField, "The field “\(key)” is a number; its text was taken."))
        splice.replace(view, withText: number.text)
        return number.text
    }

    /// The name of an event; `nil` if it is empty or not there.
    mutating func eventName(_ key: String) throws(Refusal) -> String? {
        guard let name = try text(key), !name.isEmpty else { return nil }
        let (count, limit) = (name.utf8.count, delivery.limits.nameBytes)
        guard count <= limit else {
            throw Refusal(.invalidField, "The name in “\(key)” has \(count) bytes; at most \(limit) are taken.")
        }
        return name
    }

    /// The message id; made up when there is none.
    mutating func messageID(_ view: JSONView?) throws(Refusal) -> String {
        guard let id = view?.string ?? view?.number?.text, !id.isEmpty else {
            // Nothing is wrong with an event that never had one, but it cannot be recognised when it is sent again.
            if view != nil {
                warnings.append(Warning(.generatedMessageID, "The message id is not a text; it got another."))
            }
            return MessageID.generate()
        }
        let count = id.utf8.count
        guard count <= delivery.limits.messageIDBytes else {
            throw Refusal(
                .invalidMessageID,
                "The message id has \(count) bytes; at most \(delivery.limits.messageIDBytes) are taken."
            )
        }
        if count > delivery.limits.usualMessageID {
            warnings.append(
                Warning(.longMessageID, "The message id has more than 100 characters; other systems refuse it.")
            )
        }
        return id
    }

    /// A time of the sender's; one that cannot be read counts as none.
    mutating func time(_ view: JSONView?, named key: String) -> Timestamp? {
        guard let view else { return nil }
        if let time = view.lenientTime { return time }
        warnings.append(Warning(.invalidTime, "The field “\(key)” is no time in RFC 3339 form; it was passed over."))
        return nil
    }
}

// MARK: - Identifiers

extension EventReader {
    /// An id that says who it was; `nil` when there is none or it is nobody's.
    mutating func identifier(_ view: JSONView?, named key: String) throws(Refusal) -> String? {
        guard let view else { return nil }
        guard let text = try idText(view, named: key) else { return nil }
        switch IdentifierPolicy.judge(text, limits: delivery.limits) {
        case .fine:
            if view.kind == .number {
                warnings.append(Warning(.convertedID, "The field “\(key)” is a number; its text was taken."))
                splice.replace(view, withText: text)
            }
            return text
        case .empty: splice.remove(view)
        case .illegal(let reason):
            warnings.append(Warning(.illegalID, "The field “\(key)” \(reason); it was left out."))
            splice.remove(view)
        }
        return nil
    }

    private mutating func idText(_ view: JSONView, named key: String) throws(Refusal) -> String? {
        switch view.kind {
        case .string: return view.string
        case .number: return view.number?.text
        case .bool:
            warnings.append(Warning(.illegalID, "The field “\(key)” is a truth value; it was left out."))
            splice.remove(view)
            return nil
        case .null, .array, .object:
            throw Refusal(.invalidField, "The field “\(key)” must be a string.")
        }
    }

    /// Why an event has nobody it is about: an id that is nobody's, or none at all.
    var anonymousRefusal: Refusal {
        if let illegal = warnings.first(where: { $0.code == .illegalID }) {
            return Refusal(
                .illegalID,
                illegal.message.replacingSuffix("; it was left out.", with: ", and there is no other id.")
            )
        }
        return Refusal(.missingID, "An event needs a userId, an anonymousId or context.externalIds.")
    }

    /// The first external id of the context that has both its parts and is somebody's, as `type:id`.
    ///
    /// An event without any has those of its batch.
    func externalID(in context: JSONView?) -> String? {
        let lists = EventEnvelope.externalIDKeys.compactMap { context?[$0] ?? delivery.context?[$0] }
        for id in lists.flatMap(\.elements) {
            if let type = id["type"]?.string, !type.isEmpty, let view = id["id"],
                let value = view.string ?? view.int64.map(String.init),
                IdentifierPolicy.judge(value, limits: delivery.limits) == .fine
            {
                return "\(type):\(value)"
            }
        }
        return nil
    }
}

extension String {
    fileprivate func replacingSuffix(_ suffix: String, with other: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) + other : self
    }
}

extension JSONView {
    fileprivate var isEmptyList: Bool { kind == .array && count == 0 }
}
