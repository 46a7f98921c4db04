import Events

/// An event in a URL's query: `?writeKey=…&userId=…&event=…&properties.plan=pro`, or all of it as JSON in `data`.
enum PixelEvent {
    /// Names that say how to read the query and are no part of the event.
    private static let control = Set(KeyNames.query + ["data", "_"])

    /// The event's JSON text: a dot in a name goes one object deeper, and all values are texts.
    static func json(of query: Query) -> [UInt8] {
        var root = Node()
        for pair in query.pairs where !control.contains(pair.name) && !pair.value.isEmpty {
            let path = pair.name.split(separator: ".", maxSplits: 8).map(String.init)
            // A name of nothing but dots is no member's.
            if !path.isEmpty { root.put(pair.value, at: path[...]) }
        }
        var writer = JSONWriter()
        root.write(to: &writer)
        return writer.bytes
    }

    /// A text, or an object of such; the first to claim a name keeps it.
    private struct Node {
        var text: String?
        var members: [(key: String, node: Node)] = []

        mutating func put(_ text: String, at path: ArraySlice<String>) {
            guard let key = path.first else {
                if self.text == nil, members.isEmpty { self.text = text }
                return
            }
            guard self.text == nil else { return }
            let index = members.firstIndex { $0.key == key } ?? members.count
            if index == members.count { members.append((key, Node())) }
            members[index].node.put(text, at: path.dropFirst())
        }

        func write(to writer: inout JSONWriter) {
            if let text { return writer.string(text) }
            writer.beginObject()
            for (key, node) in members {
                writer.key(key)
                node.write(to: &writer)
            }
            writer.endObject()
        }
    }
}
