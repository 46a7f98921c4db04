extension JSONView {
    /// The values that hold no others, in the order of the text; of one that holds none, itself.
    public var leaves: [JSONView] {
        var leaves: [JSONView] = []
        gather(into: &leaves)
        return leaves
    }

    private func gather(into leaves: inout [JSONView]) {
        switch kind {
        case .array: for element in elements { element.gather(into: &leaves) }
        case .object: for (_, member) in members { member.gather(into: &leaves) }
        case .null, .bool, .number, .string: leaves.append(self)
        }
    }

    /// The source bytes; of an object that has more than so many, those members that there is room for.
    ///
    /// So what is kept of a large event is an object still, and tells whose it is.
    public func part(bytes limit: Int) -> ArraySlice<UInt8> {
        guard raw.count > limit, kind == .object, fault == nil else { return raw }
        var left = limit
        return JSONWriter.object { writer in
            for (key, value) in members {
                // A byte of a key takes six where it is escaped.
                let bytes = 6 * key.utf8.count + value.raw.count + 6
                guard bytes <= left else { continue }
                left -= bytes
                writer.field(key, value)
            }
        }[...]
    }

    /// The source bytes without some of the leaves inside, which are given by their places in ``leaves``.
    ///
    /// With a leaf go its key and one comma. All other bytes stay, and so does a container of which nothing is left.
    public func cutting(_ unwanted: Set<Int>) -> [UInt8] {
        var cuts = Cuts(unwanted: unwanted)
        cuts.visit(self)
        var bytes: [UInt8] = []
        var from = raw.startIndex
        for cut in cuts.ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            bytes += raw[from..<cut.lowerBound]
            from = cut.upperBound
        }
        return bytes + raw[from...]
    }
}

/// The bytes that go with unwanted leaves.
private struct Cuts {
    /// An element, or a member with its key.
    private struct Child {
        var range: Range<Int>
        var isUnwanted: Bool
    }

    let unwanted: Set<Int>
    private(set) var ranges: [Range<Int>] = []
    private var leaf = 0

    init(unwanted: Set<Int>) {
        self.unwanted = unwanted
    }

    mutating func visit(_ view: JSONView) {
        switch view.kind {
        case .array: cut(view.elements.map { child($0, from: $0.raw.startIndex) })
        case .object: cut(zip(view.keyStarts, view.members).map { child($1.value, from: $0) })
        case .null, .bool, .number, .string: leaf += 1
        }
    }

    private mutating func child(_ view: JSONView, from start: Int) -> Child {
        let isLeaf = view.kind != .array && view.kind != .object
        defer { visit(view) }
        return Child(range: start..<view.raw.endIndex, isUnwanted: isLeaf && unwanted.contains(leaf))
    }

    /// Before a child that stays, up to the next child; behind one, from its end: so there is one comma less for each.
    private mutating func cut(_ children: [Child]) {
        var end: Int?
        for (place, child) in children.enumerated() {
            if child.isUnwanted {
                let isLast = place + 1 == children.count
                let next = isLast ? child.range.upperBound : children[place + 1].range.lowerBound
                ranges.append(end.map { $0..<child.range.upperBound } ?? child.range.lowerBound..<next)
            }
            if end != nil || !child.isUnwanted { end = child.range.upperBound }
        }
    }
}

extension JSONView {
    /// Where the members of an object begin, at the quotes of their keys.
    fileprivate var keyStarts: [Int] {
        var starts: [Int] = []
        var place = index + 1
        while place < Int(node.next) {
            starts.append(Int(storage.tape[place].start) - 1)
            place = Int(storage.tape[place + 1].next)
        }
        return starts
    }
}
