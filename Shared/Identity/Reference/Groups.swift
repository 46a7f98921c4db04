/// The places of a list in groups, all in one array.
struct Groups {
    private let starts: [Int]
    /// The places, group by group.
    let entries: [Int]

    /// Puts each place into the group that the list has there, one of as many as `count`; in an order, if one is given.
    init(of groups: [Int], count: Int, order: [Int]? = nil) {
        var starts = Array(repeating: 0, count: count + 1)
        for group in groups { starts[group + 1] += 1 }
        for group in 0..<count { starts[group + 1] += starts[group] }
        var next = starts
        var entries = Array(repeating: 0, count: groups.count)
        for index in groups.indices {
            let place = order?[index] ?? index
            entries[next[groups[place]]] = place
            next[groups[place]] += 1
        }
        self.starts = starts
        self.entries = entries
    }

    /// The places in a group, in their order.
    subscript(group: Int) -> ArraySlice<Int> { entries[starts[group]..<starts[group + 1]] }
}
