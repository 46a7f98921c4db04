/// What to say to somebody who wrote a name that there is not.
enum Spelling {
    /// The known names, and the one that was probably meant.
    static func hint(for name: String, known: [String]) -> String {
        let meant = nearest(to: name, in: known).map { " Did you mean “\($0)”?" }
        return "known are \(list(known)).\(meant ?? "")"
    }

    static func list(_ names: [String]) -> String {
        names.map { "“\($0)”" }.joined(separator: ", ")
    }

    /// The first of the known names that the fewest slips lead to, if they are few.
    static func nearest(to name: String, in known: [String]) -> String? {
        let written = Array(name.lowercased())
        guard written.count <= 64 else { return nil }
        let counts = known.map { slips(from: written, to: Array($0.lowercased())) }
        guard let least = counts.min(), least <= max(1, written.count / 3), least < written.count else { return nil }
        return counts.firstIndex(of: least).map { known[$0] }
    }

    /// How many letters were left out, added, mistaken, or swapped with their neighbour.
    private static func slips(from left: [Character], to right: [Character]) -> Int {
        var rows = [Array(0...right.count)]
        for (row, letter) in left.enumerated() {
            var next = [row + 1]
            for (column, other) in right.enumerated() {
                var least = rows[row][column] + (letter == other ? 0 : 1)
                least = min(least, rows[row][column + 1] + 1, next[column] + 1)
                if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
                    least = min(least, rows[row - 1][column - 1] + 1)
                }
                next.append(least)
            }
            rows.append(next)
        }
        return rows[left.count][right.count]
    }
}
