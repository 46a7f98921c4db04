import Events

extension TraitRule {
    /// A list of all elements in the order of their bytes, with the source and time of the last that added to it.
    ///
    /// What means the same is there once, in the spelling that comes first.
    static func united(_ candidates: [SeenValue]) -> SeenValue? {
        guard var last = candidates.max(by: { $1.outranks($0) }) else { return nil }
        var meanings: Set<Element.Meaning> = []
        let elements = candidates.flatMap(Self.elements)
            .sorted { UTF8Order.precedes($0.text, $1.text) ?? false }
            .filter { meanings.insert($0.meaning).inserted }
        last.value = "[" + elements.map(\.text).joined(separator: ",") + "]"
        return last
    }

    /// Whether a list has all elements of another value, as they are written there.
    static func has(_ list: SeenValue, allOf value: SeenValue) -> Bool {
        let known = Set(elements(of: list).map { Array($0.text.utf8) })
        return elements(of: value).allSatisfy { known.contains(Array($0.text.utf8)) }
    }

    private static func elements(of seen: SeenValue) -> [Element] {
        guard let value = seen.json else { return [Element(unreadable: seen.value)] }
        return value.kind == .array ? value.elements.map { Element($0.value) } : [Element(value.value)]
    }
}

/// One of the values that a union is made of.
private struct Element {
    /// What decides whether two are the same.
    enum Meaning: Hashable {
        case text(String)
        case number(ExactNumber)
        /// As JSON without white space.
        case other([UInt8])
    }

    let meaning: Meaning
    /// As JSON without white space, texts with no more escapes than they need.
    let text: String

    init(_ value: JSONValue) {
        let json = value.text
        text = json
        if case .string(let string) = value {
            meaning = .text(string)
        } else {
            meaning = ExactNumber(json: json).map(Meaning.number) ?? .other(Array(json.utf8))
        }
    }

    /// What is no JSON that can be read, and so as it is.
    init(unreadable value: String) {
        text = value
        meaning = .other(Array(value.utf8))
    }
}
