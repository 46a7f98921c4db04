import Events
import Topics

/// What was removed of a person, without saying who it was.
struct Receipt {
    let erasure: ControlBook.Erasure
    let lifted: Withdrawal?
    /// The other suppressions that hold for an identifier of the person.
    let others: [String]
    /// The instances that have partitions on the log.
    let owners: Set<String>

    /// What is still to be done, in a word.
    enum State: String, CaseIterable {
        /// The profile store is at it.
        case forgetting
        /// Instances rewrite what they have on the log.
        case rewriting
        case done
    }

    var state: State {
        if erasure.forgotten == nil { return .forgetting }
        return waiting.isEmpty ? .done : .rewriting
    }

    /// The instances that are not ready yet.
    private var waiting: [String] {
        // What is stripped was ready; instances that came later never had anything.
        erasure.suppression.identifiers.isEmpty ? [] : owners.subtracting(erasure.erased.keys).sorted()
    }

    func write(to writer: inout JSONWriter) { writer.object { writeFields(to: &$0) } }

    func writeFields(to writer: inout JSONWriter) {
        writer.field("id", erasure.suppression.id)
        writer.field("state", state.rawValue)
        writer.field("identifiers", erasure.suppression.hashes.count)
        erasure.suppression.word.writePublicFields(to: &writer)
        if let forgotten = erasure.forgotten {
            writer.field("events", forgotten.events)
            writer.field("forgottenAt", forgotten.time)
        }
        let instances = erasure.erased.values.sorted { $0.instance < $1.instance }
        writer.array("log", of: instances) { Self.write($0, to: &$1) }
        writer.array("waitingFor", of: waiting)
        writer.field("suppressed", lifted == nil)
        writer.array("alsoSuppressedBy", of: others)
        if let lifted { writer.field("liftedAt", lifted.word.time) }
    }

    private static func write(_ erased: Erased, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("instance", erased.instance)
        writer.key("records")
        writer.beginObject()
        for (topic, count) in erased.records.sorted(by: { $0.key < $1.key }) { writer.field(topic, count) }
        writer.endObject()
        writer.field("time", erased.time)
        writer.endObject()
    }
}

/// Which suppressions hold for whom.
struct HoldingSuppressions {
    /// Their ids, by the hash of an identifier.
    private let ids: [String: [String]]

    init(_ book: ControlBook) {
        var ids: [String: [String]] = [:]
        for suppression in book.suppressions {
            for hash in suppression.hashes { ids[hash, default: []].append(suppression.id) }
        }
        self.ids = ids
    }

    /// Those that hold for an identifier that this one is of as well.
    func others(than suppression: Suppression) -> [String] {
        let all = Set(suppression.hashes.flatMap { ids[$0] ?? [] })
        return all.subtracting([suppression.id]).sorted()
    }
}
