/// For each member of a component, those that evidence joins it to.
struct Neighbourhood {
    private let starts: [Int]
    private let entries: [Int]

    init(of component: Component) {
        var starts = Array(repeating: 0, count: component.members.count + 1)
        for place in component.evidence.indices {
            starts[component.evidence[place].left + 1] += 1
            starts[component.evidence[place].right + 1] += 1
        }
        for place in starts.indices.dropFirst() { starts[place] += starts[place - 1] }
        var next = starts
        var entries = Array(repeating: 0, count: component.evidence.count * 2)
        for place in component.evidence.indices {
            let (left, right) = (component.evidence[place].left, component.evidence[place].right)
            entries[next[left]] = right
            next[left] += 1
            entries[next[right]] = left
            next[right] += 1
        }
        self.starts = starts
        self.entries = entries
    }

    /// The other ends of a member's evidence; one of which there is more evidence than one stands there as often.
    subscript(member: Int) -> ArraySlice<Int> { entries[starts[member]..<starts[member + 1]] }
}
