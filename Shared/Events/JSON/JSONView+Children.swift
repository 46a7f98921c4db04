extension JSONView {
    /// The elements of an array, nulls included; nothing for the other kinds.
    public var elements: Elements { Elements(parent: self) }

    /// The members of an object in the order of the text, nulls included; nothing for the other kinds.
    public var members: Members { Members(parent: self) }

    /// The elements of an array.
    public struct Elements: Sequence, Sendable {
        let parent: JSONView

        /// Goes through the elements from the first to the last.
        public func makeIterator() -> Iterator { Iterator(parent: parent) }

        /// The number of elements.
        public var underestimatedCount: Int { parent.kind == .array ? parent.count : 0 }

        /// Goes through the elements of an array.
        public struct Iterator: IteratorProtocol {
            private let storage: JSONStorage
            private var index: Int
            private let end: Int

            init(parent: JSONView) {
                storage = parent.storage
                index = parent.index + 1
                end = parent.kind == .array ? Int(parent.node.next) : index
            }

            /// The next element.
            public mutating func next() -> JSONView? {
                guard index < end else { return nil }
                defer { index = Int(storage.tape[index].next) }
                return JSONView(storage: storage, index: index)
            }
        }
    }

    /// The members of an object.
    public struct Members: Sequence, Sendable {
        let parent: JSONView

        /// Goes through the members from the first to the last.
        public func makeIterator() -> Iterator { Iterator(parent: parent) }

        /// The number of members.
        public var underestimatedCount: Int { parent.kind == .object ? parent.count : 0 }

        /// Goes through the members of an object.
        public struct Iterator: IteratorProtocol {
            private let storage: JSONStorage
            private var index: Int
            private let end: Int

            init(parent: JSONView) {
                storage = parent.storage
                index = parent.index + 1
                end = parent.kind == .object ? Int(parent.node.next) : index
            }

            /// The next member.
            public mutating func next() -> (key: String, value: JSONView)? {
                guard index < end else { return nil }
                let value = JSONView(storage: storage, index: index + 1)
                let key = value.text(of: storage.tape[index])
                index = Int(value.node.next)
                return (key, value)
            }
        }
    }

    /// The value with everything inside it, decoded.
    public var value: JSONValue {
        let node = node
        switch node.kind {
        case .null: return .null
        case .bool: return .bool(node.has(.positive))
        case .number: return .number(JSONNumber(checked: text(of: node)))
        case .string: return .string(text(of: node))
        case .array: return .array(elements.map(\.value))
        case .object:
            var object: [String: JSONValue] = [:]
            object.reserveCapacity(node.count)
            for (key, value) in members { object[key] = value.value }
            return .object(object)
        }
    }
}
