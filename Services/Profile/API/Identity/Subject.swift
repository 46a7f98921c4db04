import Events
import Identity
import Store

/// One of the two identifiers that an explanation is about.
///
/// A profile's id stands for the identifier that founds it, and an id from before for the one that founded it then.
struct Subject {
    /// As the caller named it, in its normal form.
    let name: String
    /// Its number in the store; `nil` when no event has named it.
    let id: Int64?
    /// Whether its value identifies nobody.
    let isJunk: Bool

    init(_ reference: ProfileReference, by lookup: ProfileLookup, in graph: WorkingGraph) throws {
        let key = try lookup.key(of: reference, in: graph.db).flatMap { Key128(Array($0)) }
        id = try key.flatMap(graph.find)
        isJunk = key == nil
        switch reference {
        case .identifier(let identifier): name = (lookup.normalized(identifier) ?? identifier).description
        case .id(let text): name = try id.map { try graph.node($0).identifier.description } ?? text
        }
    }

    private init(name: String, id: Int64) {
        self.name = name
        self.id = id
        isJunk = false
    }

    /// The identifier as a profile has it, which is its part of a divided device; `nil` if the profile does not have it.
    func within(_ profile: Int64, in graph: WorkingGraph) throws -> Subject? {
        guard let id else { return nil }
        if try graph.node(id).profile == profile { return self }
        let part = try graph.parts(of: id).values.first { try graph.node($0).profile == profile }
        return part.map { Subject(name: name, id: $0) }
    }

    /// The identifier that evidence speaks of: of a part, the device.
    func seed(in graph: WorkingGraph) throws -> Int64? {
        try id.map { try graph.node($0).part?.device ?? $0 }
    }

    /// What it is in a word.
    private func state(in graph: WorkingGraph) throws -> String {
        guard let id else { return isJunk ? "junk" : "unknown" }
        switch try graph.node(id).state {
        case .whole: return "whole"
        case .shared: return "shared"
        case .divided: return "divided"
        case .claimed: return "claimed"
        case .ambiguous: return "ambiguous"
        }
    }

    func write(to writer: inout JSONWriter, in graph: WorkingGraph) throws {
        writer.beginObject()
        writer.field("identifier", name)
        writer.field("state", try state(in: graph))
        if let id {
            let node = try graph.node(id)
            if let login = node.part?.login { writer.field("login", try graph.node(login).identifier.description) }
            // The others are nobody's.
            let isSomebodys = node.state == .whole || node.state == .claimed
            if isSomebodys, let profile = try ProfileView(node.profile, in: graph.db) {
                writer.field("profile", profile.id)
            }
        }
        writer.endObject()
    }
}
