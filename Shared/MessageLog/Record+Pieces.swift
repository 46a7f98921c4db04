extension [Record] {
    /// The records in their order, in pieces that a log takes at once: of so many, and of so many bytes, but at least one.
    public func pieces(of most: Int = .max, bytes: Int) -> [[Record]] {
        var pieces: [[Record]] = []
        var room = 0
        for record in self {
            let size = record.key.count + record.value.count
            if let last = pieces.indices.last, size <= room, pieces[last].count < most {
                pieces[last].append(record)
                room -= size
            } else {
                pieces.append([record])
                room = bytes - size
            }
        }
        return pieces
    }
}
