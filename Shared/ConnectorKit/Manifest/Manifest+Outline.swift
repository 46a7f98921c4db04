extension Manifest {
    /// What there is in a manifest, for people: names and one sentence each.
    public struct Outline: Sendable {
        /// What is read.
        public var streams: [(String, String)]
        /// What is received.
        public var webhook: String?
        /// What it can be told to do.
        public var actions: [(String, String)]
    }

    /// Its outline.
    public var outline: Outline {
        Outline(
            streams: streams.map { ($0.name, $0.summary) },
            webhook: webhook?.summary,
            actions: actions.map { action in
                let input = action.input.map(\.name).joined(separator: ", ")
                return (action.name, input.isEmpty ? action.summary : "\(action.summary) Takes \(input).")
            }
        )
    }
}
