/// Finds the best chain of links between nodes.
///
/// The best is the one whose weakest link is the strongest; of several the one with the fewest links that were not followed; then
/// the shortest; then the one whose links come first, from the start on.
struct ChainSearch {
    /// Joins two nodes.
    struct Link {
        var left: Int
        var right: Int
        /// `nil` where nothing is stronger.
        var strength: Strength?
        var isFollowed: Bool

        func end(opposite node: Int) -> Int { node == left ? right : left }
    }

    /// A link, by its place, taken in one of its directions.
    struct Step {
        var link: Int
        var from: Int
        var to: Int
    }

    /// What a chain is the better for having less of.
    private struct Length: Hashable, Comparable {
        var unfollowed = 0
        var links = 0

        func adding(_ link: Link) -> Length {
            Length(unfollowed: unfollowed + (link.isFollowed ? 0 : 1), links: links + 1)
        }

        static func < (left: Length, right: Length) -> Bool {
            (left.unfollowed, left.links) < (right.unfollowed, right.links)
        }
    }

    private let links: [Link]
    private let count: Int

    /// A search over nodes that are numbered from 0, with links in canonical order: none stands before a stronger one.
    init(links: [Link], nodes count: Int) {
        self.links = links
        self.count = count
    }

    /// The best chain from one of the starts to one of the goals; `nil` if there is none, empty if one of them is both.
    ///
    /// - Parameter starts: Of equally good ones the first is taken.
    func chain(from starts: [Int], to goals: [Int]) -> [Step]? {
        guard !starts.contains(where: goals.contains) else { return [] }
        guard let strong = strongLinks(joining: starts, to: goals) else { return nil }
        var neighbours: [Int: [Int]] = [:]
        for place in 0..<strong {
            neighbours[links[place].left, default: []].append(place)
            neighbours[links[place].right, default: []].append(place)
        }
        return walk(from: starts, neighbours, distances(to: goals, neighbours))
    }

    /// How many of the links it takes, the strongest first, and all those that are as strong as the last of them.
    private func strongLinks(joining starts: [Int], to goals: [Int]) -> Int? {
        var sets = DisjointSets(count: count)
        for nodes in [starts, goals] {
            for node in nodes.dropFirst() { sets.unite(nodes[0], node) }
        }
        for (place, link) in links.enumerated() {
            sets.unite(link.left, link.right)
            guard sets.root(of: starts[0]) == sets.root(of: goals[0]) else { continue }
            return links[place...].firstIndex { $0.strength != link.strength } ?? links.count
        }
        return nil
    }

    /// How far each node is from the nearest goal.
    private func distances(to goals: [Int], _ neighbours: [Int: [Int]]) -> [Int: Length] {
        var distances: [Int: Length] = [:]
        var open = [Length(): goals]
        while let length = open.keys.min(), let nodes = open.removeValue(forKey: length) {
            for node in nodes where distances[node] == nil {
                distances[node] = length
                for place in neighbours[node] ?? [] {
                    open[length.adding(links[place]), default: []].append(links[place].end(opposite: node))
                }
            }
        }
        return distances
    }

    /// Goes from the nearest start to a goal, at each node by the first of the links that lead on as fast as can be.
    private func walk(from starts: [Int], _ neighbours: [Int: [Int]], _ distances: [Int: Length]) -> [Step]? {
        let reached = starts.compactMap { start in distances[start].map { (node: start, length: $0) } }
        guard var (node, rest) = reached.min(by: { $0.length < $1.length }) else { return nil }
        var steps: [Step] = []
        while rest != Length() {
            let next = (neighbours[node] ?? []).lazy.compactMap { place -> (Step, Length)? in
                let end = links[place].end(opposite: node)
                guard let length = distances[end], length.adding(links[place]) == rest else { return nil }
                return (Step(link: place, from: node, to: end), length)
            }.first
            guard let (step, length) = next else { return nil }
            steps.append(step)
            (node, rest) = (step.to, length)
        }
        return steps
    }
}
