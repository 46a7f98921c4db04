import Events

/// A stream of a tap’s catalog.
public struct SingerStream: Sendable, Equatable {
    /// By what the tap knows it.
    public let id: String
    /// What its records are called by.
    public let name: String
    /// The members that tell one record from the others.
    public let keys: [String]
    /// How it is read unless something else is chosen; `nil` when the tap does not say.
    public let method: SingerReplication.Method?
    /// The member by which it goes on.
    public let replicationKey: String?
    /// The names of its members.
    public let properties: [String]
    private let entry: [String: JSONValue]

    init?(_ entry: JSONValue) {
        guard case .object(let members) = entry,
            let id = members["tap_stream_id"]?.nonempty ?? members["stream"]?.nonempty
        else { return nil }
        self.id = id
        self.entry = members
        name = members["stream"]?.nonempty ?? id
        let own = Self.metadata(of: members, at: [])
        let declared = [members["key_properties"], own?["table-key-properties"], own?["view-key-properties"]]
        keys = declared.compactMap { $0?.texts }.first { !$0.isEmpty } ?? []
        let method = own?["forced-replication-method"] ?? members["replication_method"] ?? own?["replication-method"]
        self.method = method.flatMap { SingerReplication.Method(rawValue: $0.plainText) }
        let valid = own?["valid-replication-keys"]?.texts.first
        replicationKey = members["replication_key"]?.nonempty ?? own?["replication-key"]?.nonempty ?? valid
        properties = members["schema"]?["properties"]?.names ?? []
    }

    private static func metadata(of entry: [String: JSONValue], at breadcrumb: JSONValue) -> JSONValue? {
        guard case .array(let list)? = entry["metadata"] else { return nil }
        return list.first { $0["breadcrumb"] == breadcrumb }?["metadata"]
    }

    /// The entry with the stream and all of its members selected; without a choice it is not.
    func selected(by choice: SingerReplication?) -> JSONValue {
        var entry = entry
        entry["selected"] = .bool(choice != nil)
        var own: [String: JSONValue] = ["selected": .bool(choice != nil)]
        if let method = choice?.method {
            own["replication-method"] = .string(method.rawValue)
            entry["replication_method"] = .string(method.rawValue)
        }
        if let key = choice?.key {
            own["replication-key"] = .string(key)
            entry["replication_key"] = .string(key)
        }
        entry["metadata"] = .array(metadata(with: own, isSelected: choice != nil))
        return .object(entry)
    }

    /// Taps look at the stream’s own metadata and at that of each member; a member without any gets some.
    private func metadata(with own: [String: JSONValue], isSelected: Bool) -> [JSONValue] {
        var known: [JSONValue: [String: JSONValue]] = [:]
        var order: [JSONValue] = [[]] + properties.map { ["properties", .string($0)] }
        if case .array(let list)? = entry["metadata"] {
            for item in list {
                guard let place = item["breadcrumb"], case .object(let members)? = item["metadata"] else { continue }
                known[place] = members
                if !order.contains(place) { order.append(place) }
            }
        }
        return order.map { place in
            let change: [String: JSONValue] = place == [] ? own : isSelected ? ["selected": true] : [:]
            let members = (known[place] ?? [:]).merging(change) { $1 }
            return ["breadcrumb": place, "metadata": .object(members)]
        }
    }
}

extension JSONValue {
    /// The texts of a list.
    fileprivate var texts: [String] {
        guard case .array(let list) = self else { return [] }
        return list.compactMap(\.nonempty)
    }

    /// The names of an object’s members, in alphabetical order.
    fileprivate var names: [String] {
        guard case .object(let members) = self else { return [] }
        return members.keys.sorted()
    }
}
