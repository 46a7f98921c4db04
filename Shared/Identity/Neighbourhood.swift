/// For each member of a component, those that evidence joins it to.
struct Neighbourhood {
    private let starts: [Int]
    private let entries: [Int]

    init(of component: Component) {
        var starts = Array(repeating: 0, count: component.members.count + 1)
        for evidence in component.evidence {
            starts[evidence.left + 1] += 1
            starts[evidence.right + 1] += 1
        }
        for place in starts.indices.dropFirst() { starts[place] += starts[place - 1] }
        var next = starts
        var entries = Array(repeating: 0, count: component.evidence.count * 2)
        for evidence in component.evidence {
            entries[next[evidence.left]] = evidence.right
            next[evidence.left] += 1
            entries[next[evidence.right]] = evidence.left
            next[evidence.right] += 1
        }
        self.starts = starts
        self.entries = entries
    }

    /// The other ends of a member's evidence; one of which there is more evidence than one stands there as often.
    subscript(member: Int) -> ArraySlice<Int> { entries[starts[member]..<starts[member + 1]] }
}
