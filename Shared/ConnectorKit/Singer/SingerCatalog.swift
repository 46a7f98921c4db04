public import Events

/// The streams that a tap has, as it says itself when it is asked to discover them.
public struct SingerCatalog: Sendable, Equatable {
    private let members: [String: JSONValue]
    private let entries: [JSONValue]
    /// The streams, in the tap’s order.
    public let streams: [SingerStream]

    private static let limits = JSONLimits(depth: 100, nodes: 5_000_000)

    /// Reads what a tap prints.
    public init(_ bytes: [UInt8]) throws(ConnectorFailure) {
        guard let value = try? JSONDocument(bytes, limits: Self.limits).root.value,
            case .object(let members) = value, case .array(let entries)? = members["streams"]
        else { throw ConnectorFailure(.system, "What the tap discovers is no Singer catalog.") }
        self.members = members
        self.entries = entries
        streams = entries.compactMap(SingerStream.init)
    }

    /// The stream of this id or name.
    public func stream(_ name: String) -> SingerStream? {
        streams.first { $0.id == name } ?? streams.first { $0.name == name }
    }

    /// The catalog with these streams selected whole, and no others; to be handed to the tap.
    public func selecting(_ selection: [String: SingerReplication]) -> JSONValue {
        var catalog = members
        catalog["streams"] = .array(
            entries.map { entry in
                guard let stream = SingerStream(entry) else { return entry }
                return stream.selected(by: selection[stream.id] ?? selection[stream.name])
            }
        )
        return .object(catalog)
    }
}
