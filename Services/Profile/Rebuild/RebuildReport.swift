import Events

/// What a rebuild changes, or would change.
///
/// The profiles are those of persons; those of shared identifiers, which lists leave out as well, are not counted.
struct RebuildReport: Equatable, Sendable {
    /// How many of the new profiles, or of the old ones where that is said, something holds for.
    struct Counts: Equatable, Sendable {
        /// Profiles of the old store, and of the new one.
        var before: Int64 = 0
        var after: Int64 = 0
        /// The same id, identifiers, traits and events as before.
        var unchanged: Int64 = 0
        /// Made of several old ones.
        var merged: Int64 = 0
        /// Old ones that are several now.
        var split: Int64 = 0
        /// One old one with another id.
        var renamed: Int64 = 0
        /// One old one with other identifiers.
        var identifiersChanged: Int64 = 0
        /// One old one with other traits.
        var traitsChanged: Int64 = 0
        /// One old one with more or fewer events, or last seen at another time.
        var eventsChanged: Int64 = 0
        /// Made of no old one.
        var created: Int64 = 0
        /// Old ones of which nothing is left.
        var removed: Int64 = 0
    }

    /// Profiles that something holds for, as they were and as they are.
    struct Example: Equatable, Sendable {
        struct Person: Equatable, Sendable {
            var id: String
            var identifiers: [String]
            var eventCount: Int64 = 0
            var lastSeen: Timestamp?
        }

        var before: [Person]
        var after: [Person]
        /// The names of traits that differ.
        var traits: [String] = []
    }

    var counts = Counts()
    /// Records that are no events by the new rules, such as those with nothing but junk for identifiers.
    var refused: Int64 = 0
    /// Records that retention had removed before they could be read.
    var missing: Int64 = 0
    var examples: [FindingKind: [Example]] = [:]

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        for (name, path) in Counts.paths { writer.field(name, counts[keyPath: path]) }
        writer.field("refusedRecords", refused)
        writer.field("missingRecords", missing)
        writer.object("examples") { writer in
            for kind in FindingKind.allCases {
                guard let examples = examples[kind], !examples.isEmpty else { continue }
                writer.objects(kind.rawValue, of: examples) { $0.write(to: &$1) }
            }
        }
        writer.endObject()
    }
}

extension RebuildReport.Counts {
    /// The counts by the names that the API gives them.
    static var paths: [(name: String, path: WritableKeyPath<Self, Int64>)] {
        [
            ("before", \.before), ("after", \.after), ("unchanged", \.unchanged), ("merged", \.merged),
            ("split", \.split), ("renamed", \.renamed), ("identifiersChanged", \.identifiersChanged),
            ("traitsChanged", \.traitsChanged), ("eventsChanged", \.eventsChanged), ("created", \.created),
            ("removed", \.removed),
        ]
    }
}

extension RebuildReport.Example {
    fileprivate func write(to writer: inout JSONWriter) {
        for (name, persons) in [("before", before), ("after", after)] {
            writer.objects(name, of: persons) { $0.write(to: &$1) }
        }
        if !traits.isEmpty { writer.array("traits", of: traits) }
    }
}

extension RebuildReport.Example.Person {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.field("id", id)
        writer.array("identifiers", of: identifiers)
        writer.field("eventCount", eventCount)
        if let lastSeen { writer.field("lastSeen", lastSeen) }
    }
}
