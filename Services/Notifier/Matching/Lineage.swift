import Events

/// The rules that an event goes back to, as the outcome of a message says it.
///
/// A rule that answered what it has led to itself, at once or by way of other rules, would answer without end.
struct Lineage: Sendable, Equatable {
    /// By name, the first cause first, each once; none for an event that is no outcome.
    let rules: [String]

    /// The lineage of an event in the terms of the Segment specification.
    init(of event: JSONView) {
        guard let properties = event["properties"], properties["commandId"]?.string != nil,
            let rule = properties["rule"]?.string
        else {
            rules = []
            return
        }
        rules = (properties["earlierRules"]?.elements.compactMap(\.string) ?? []) + [rule]
    }
}
