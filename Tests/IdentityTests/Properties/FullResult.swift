import Events
import Identity

/// All that a resolution says, in words that do not depend on the order in which anything became known.
struct FullResult: Equatable {
    /// What every identifier is.
    private(set) var states: [String] = []
    /// In the resolution's order, each with its founder, its parts and its traits.
    private(set) var profiles: [String] = []
    /// In the resolution's order, each with the evidence and the reason.
    private(set) var rejected: [String] = []
    /// Whose every event is.
    private(set) var events: [String] = []
    /// What is said of what is nobody's.
    private(set) var nobodys: [String] = []

    init(_ graph: ResolvedGraph, _ ids: [String]) {
        let names = Names(graph.component)
        let resolution = graph.resolution
        states = resolution.states.enumerated().map { "\(names.all[$0.offset]) is \($0.element.word)" }.sorted()
        profiles = zip(resolution.profiles, graph.traits).map { profile, traits in
            let parts = profile.parts.map(names.name).joined(separator: " ")
            let way = profile.isPlain ? "plainly" : "the long way"
            return "\(names.name(profile.founder)): \(parts), \(way); \(Self.words(for: traits))"
        }
        rejected = resolution.rejected.map(names.words)
        events = zip(ids, graph.anchors).map { id, anchor in
            let owner = graph.profile(of: anchor).map { names.name(resolution.profiles[$0].founder) }
            return "\(id) is of \(names.name(anchor)), \(owner ?? "nobody's")"
        }
        .sorted()
        nobodys = graph.nobodysTraits.map { "\(names.all[$0]): \(Self.words(for: $1))" }.sorted()
    }

    private static func words(for traits: [(name: String, seen: SeenValue)]) -> String {
        traits.map { "\($0.name) \($0.seen.value) \($0.seen.rank) \($0.seen.source) \($0.seen.messageID)" }
            .joined(separator: ", ")
    }

    /// Every line that only one of the two has.
    func differences(from other: FullResult) -> [String] {
        lines.difference(from: other.lines).map { change in
            switch change {
            case .insert(_, let line, _): "+ \(line)"
            case .remove(_, let line, _): "- \(line)"
            }
        }
    }

    private var lines: [String] { states + profiles + rejected + events + nobodys }
}

/// Places by the identifiers that are there.
private struct Names {
    let component: Component
    let all: [String]

    init(_ component: Component) {
        self.component = component
        all = component.members.map(\.identifier.description)
    }

    func name(_ part: Resolution.Part) -> String {
        part.login.map { "\(all[part.member])@\(all[$0])" } ?? all[part.member]
    }

    func words(for rejection: Resolution.Rejection) -> String {
        let evidence = component.evidence[rejection.evidence]
        let ends = [all[evidence.left], all[evidence.right]].sorted()
        let event = "\(evidence.time.microseconds) \(evidence.source) \(evidence.messageID)"
        return "\(ends[0]) – \(ends[1]) \(evidence.strength.value) \(event): \(words(for: rejection.reason))"
    }

    private func words(for reason: Resolution.Reason) -> String {
        switch reason {
        case .limit(let namespace): "limit of \(namespace)"
        case .separated(let decision): "separated by \(decision)"
        case .ambiguous(let member, let conflict): "\(all[member]) is ambiguous" + (conflict.map { ", \($0)" } ?? "")
        case .shared(let member): "\(all[member]) is shared"
        case .outsideSpans(let member): "outside of \(all[member])"
        case .claimed(let member): "\(all[member]) is claimed"
        case .divided(let member): "\(all[member]) is divided"
        }
    }
}

extension Resolution.State {
    var word: String {
        switch self {
        case .whole: "whole"
        case .shared: "shared"
        case .divided: "divided"
        case .claimed: "claimed"
        case .ambiguous: "ambiguous"
        }
    }
}

extension Resolution.Reason {
    var word: String {
        switch self {
        case .limit: "limit"
        case .separated: "separated"
        case .ambiguous: "ambiguous"
        case .shared: "shared"
        case .outsideSpans: "outside"
        case .claimed: "claimed"
        case .divided: "divided"
        }
    }
}
