/// A partition of 0, 1, 2, … into sets that only ever grow together.
struct DisjointSets {
    private var parents: [Int]
    private var sizes: [Int]

    init(count: Int) {
        parents = Array(0..<count)
        sizes = Array(repeating: 1, count: count)
    }

    /// The element that stands for the set of an element.
    mutating func root(of element: Int) -> Int {
        var element = element
        while parents[element] != element {
            parents[element] = parents[parents[element]]
            element = parents[element]
        }
        return element
    }

    /// Makes one set of two, and returns its root.
    @discardableResult
    mutating func unite(_ left: Int, _ right: Int) -> Int {
        var (large, small) = (root(of: left), root(of: right))
        guard large != small else { return large }
        if sizes[large] < sizes[small] { swap(&large, &small) }
        parents[small] = large
        sizes[large] += sizes[small]
        return large
    }

    /// The sets that some elements are in, as far as they are among these.
    mutating func sets(of elements: [Int]) -> [[Int]] {
        var places = Array(repeating: -1, count: parents.count)
        var sets: [[Int]] = []
        for element in elements {
            let root = root(of: element)
            if places[root] < 0 {
                places[root] = sets.count
                sets.append([])
            }
            sets[places[root]].append(element)
        }
        return sets
    }
}
