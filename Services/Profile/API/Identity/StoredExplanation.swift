import Events
import Identity
import Store

/// Why two identifiers of the store are one person's, or are not.
///
/// The part of the graph that they are in is resolved again, so what is told is what the pipeline decided by. Of what is known to be
/// shared, only the evidence to identifiers that the two are otherwise connected with is looked at.
struct StoredExplanation {
    let from: Subject
    let to: Subject
    let isTogether: Bool
    /// What joins the two, or would; `nil` when nothing does.
    let chain: [IdentityLink]?
    /// The decision that their profiles are apart.
    let separation: DecisionWords?
    private let graph: WorkingGraph

    init(_ from: Subject, _ to: Subject, in graph: WorkingGraph) throws {
        (self.from, self.to, self.graph) = (from, to, graph)
        guard let start = from.id, let goal = to.id else {
            (isTogether, chain, separation) = (false, nil, nil)
            return
        }
        let seeds = try [from, to].compactMap { try $0.seed(in: graph) }
        let loaded = try LoadedComponent(around: seeds, in: graph)
        guard let first = try loaded.part(start, in: graph), let last = try loaded.part(goal, in: graph) else {
            throw PipelineError.damagedStore("A part of a device is not connected with its login.")
        }
        let explanation = graph.rules.explain(first, last, in: loaded.component)
        isTogether = explanation.isTogether
        chain = try explanation.chain.map { links in
            try links.compactMap { try loaded.told($0, in: graph) }
        }
        separation = try explanation.separation.flatMap { try DecisionWords($0, in: graph.db) }
    }

    /// Why links of a chain were not followed, the weightiest first.
    private static let reasons = ["limit", "shared", "ambiguous", "divided", "outside_logins", "separated", "claimed"]

    /// Why they are not together, in a word: of several reasons the weightiest, so that it is the same from both ends.
    private var because: String? {
        if isTogether { return nil }
        if from.isJunk || to.isJunk { return "junk" }
        if from.id == nil || to.id == nil { return "unknown" }
        if separation != nil { return "separated" }
        let words = chain?.compactMap { $0.rejection?.word } ?? []
        return Self.reasons.first(where: words.contains) ?? "no_evidence"
    }

    func write(to writer: inout JSONWriter) throws {
        writer.beginObject()
        writer.field("together", isTogether)
        if let because { writer.field("because", because) }
        writer.key("from")
        try from.write(to: &writer, in: graph)
        writer.key("to")
        try to.write(to: &writer, in: graph)
        if let separation { writer.object("separation") { separation.writeFields(to: &$0) } }
        writer.array("chain", of: chain ?? []) { $0.write(to: &$1) }
        writer.endObject()
    }
}
