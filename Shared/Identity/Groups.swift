/// The places of a list in groups, all in one array.
struct Groups {
    private let starts: [Int]
    private let entries: [Int]

    /// Puts each place into the group that the list has there, one of as many as `count`.
    init(of groups: [Int], count: Int) {
        var starts = Array(repeating: 0, count: count + 1)
        for group in groups { starts[group + 1] += 1 }
        for group in 0..<count { starts[group + 1] += starts[group] }
        var next = starts
        var entries = Array(repeating: 0, count: groups.count)
        for (place, group) in groups.enumerated() {
            entries[next[group]] = place
            next[group] += 1
        }
        self.starts = starts
        self.entries = entries
    }

    /// The places in a group, in their order.
    subscript(group: Int) -> ArraySlice<Int> { entries[starts[group]..<starts[group + 1]] }
}
