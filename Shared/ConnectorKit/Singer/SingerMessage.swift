public import Events

/// One line of what a Singer tap says on its standard output.
///
/// Source: the Singer specification 0.3.0 (`singer-io/getting-started`, `docs/SPEC.md`), and what taps really send.
public enum SingerMessage: Sendable, Equatable {
    /// How the records of a stream look from here on.
    case schema(stream: String, SingerSchema)
    /// One record.
    case record(stream: String, JSONValue, version: Int64?)
    /// Where the tap is to go on from; replaces the state before, and means nothing to anybody else.
    case state(JSONValue)
    /// Records of the stream that are not of this version are gone, once the run has ended well.
    case activateVersion(stream: String, version: Int64)
    /// Records in files, which a tap sends only if it is told to.
    case batch(stream: String)
    /// A type that is not known, which is no fault.
    case other

    private static let limits = JSONLimits(depth: 100, nodes: 2_000_000)

    /// Reads a line.
    public init(_ line: [UInt8]) throws(SingerFault) {
        let view: JSONView
        do throws(JSONError) {
            view = try JSONDocument(line, limits: Self.limits).root
        } catch {
            throw SingerFault(code: "invalid_json", reason: "The tap's line is not valid JSON: \(error)")
        }
        guard let type = view["type"]?.string?.uppercased() else {
            throw SingerFault(code: "invalid_message", reason: "The tap's line has no “type”.")
        }
        self = try Self.message(type, view)
    }

    private static func message(_ type: String, _ view: JSONView) throws(SingerFault) -> SingerMessage {
        func member(_ name: String) throws(SingerFault) -> JSONView {
            guard let member = view[name], !member.isNull else {
                throw SingerFault(code: "invalid_message", reason: "The tap's \(type) has no “\(name)”.")
            }
            return member
        }
        func stream() throws(SingerFault) -> String { try member("stream").value.plainText }
        switch type {
        case "SCHEMA": return .schema(stream: try stream(), SingerSchema(view))
        case "RECORD":
            let version = view["version"]?.int64
            return .record(stream: try stream(), try member("record").value, version: version)
        case "STATE": return .state(view["value"]?.value ?? .null)
        case "ACTIVATE_VERSION":
            guard let version = try member("version").int64 else {
                throw SingerFault(code: "invalid_message", reason: "The tap's version is not a whole number.")
            }
            return .activateVersion(stream: try stream(), version: version)
        case "BATCH": return .batch(stream: try stream())
        default: return .other
        }
    }
}

/// What a tap says of a stream before its records.
public struct SingerSchema: Sendable, Equatable {
    /// The members that tell one record from the others; none if the tap does not know.
    public let keys: [String]
    /// The members by which the stream goes on, such as `updated_at`.
    public let bookmarks: [String]

    init(_ message: JSONView) {
        func names(_ member: String) -> [String] { message[member]?.elements.compactMap { $0.string } ?? [] }
        keys = names("key_properties")
        bookmarks = names("bookmark_properties")
    }
}

/// A line that is no message.
public struct SingerFault: Error, Equatable, Sendable {
    /// A short constant word for the cause.
    public var code: String
    /// One sentence for a person.
    public var reason: String
}
