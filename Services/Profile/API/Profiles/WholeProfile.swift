import Events
import Identity
import Store

/// Everything that the schema `Profile` has of a profile.
struct WholeProfile: Sendable {
    private let view: ProfileView
    private let formerIDs: [String]
    private let sources: [String]
    private let identifiers: [SeenIdentifier]
    /// Where each trait is from, where that was asked for.
    private let provenance: [TraitProvenance]?

    /// Reads what there is of some profiles besides what stands in their views; with the rules of the traits, where each value is from as well.
    static func all(
        _ views: [ProfileView],
        verbose rules: [String: TraitRule]? = nil,
        in db: any SQLConnection
    ) throws -> [WholeProfile] {
        let numbers = views.map(\.number)
        let formerIDs = try ProfileView.formerIDs(of: views, in: db)
        let sightings = try Sightings.all(of: numbers, in: db)
        let identifiers = try SeenIdentifier.all(of: numbers, in: db)
        return try views.map { view in
            let seen = identifiers[view.number] ?? []
            return WholeProfile(
                view: view,
                formerIDs: formerIDs[view.number] ?? [],
                sources: sightings[view.number]?.sources ?? [],
                identifiers: sightings[view.number]?.dating(seen) ?? seen,
                provenance: try rules.map { try TraitProvenance.all(of: view.number, rules: $0, in: db) }
            )
        }
    }

    /// Reads profiles by their numbers, in this order; those that are there no more are left out.
    static func all(
        numbered numbers: [Int64],
        verbose rules: [String: TraitRule]? = nil,
        in db: any SQLConnection
    ) throws -> [WholeProfile] {
        let views = try ProfileView.all(numbers, in: db)
        return try all(numbers.compactMap { views[$0] }, verbose: rules, in: db)
    }

    /// Writes it as an object.
    func write(to writer: inout JSONWriter) throws {
        writer.beginObject()
        view.writeHead(to: &writer)
        writer.array("formerIds", of: formerIDs)
        writer.field("firstSeen", view.firstSeen)
        writer.field("lastSeen", view.lastSeen)
        writer.field("eventCount", view.events)
        writer.array("sources", of: sources)
        writer.array("identifiers", of: identifiers) { $0.write(to: &$1) }
        writer.key("traits")
        try view.writeTraits(to: &writer, from: provenance)
        writer.endObject()
    }
}
