import Events
import Identity
import Store

/// What the traits of a profile's identifiers say together.
struct Portrait: Equatable {
    /// A JSON object.
    var traits: String
    /// The person's names for search, as ``NameText`` folds them.
    var name: String

    static let empty = Portrait(traits: "{}", name: "")

    /// Whether the bytes are the same; `String` holds more for equal.
    static func == (left: Portrait, right: Portrait) -> Bool {
        left.traits.utf8.elementsEqual(right.traits.utf8) && left.name.utf8.elementsEqual(right.name.utf8)
    }

    init(traits: String, name: String) {
        self.traits = traits
        self.name = name
    }

    /// The places of those values that may make others of the traits; `null` makes none of a trait that there is not.
    ///
    /// `nil` if two of the traits differ in their names' Unicode form only: then nothing is said for certain. What is further
    /// (``ToldValue``) makes no difference where it is no better by the trait's rule.
    func unsettled(
        _ values: [(trait: String, value: String, isFurther: Bool)],
        by rules: [String: TraitRule]
    ) -> [Int]? {
        guard let root else { return nil }
        let read = Self.reader(of: root, for: values.count)
        return values.indices.filter { place in
            let (trait, value, isFurther) = values[place]
            guard let known = read(trait) else { return value != "null" }
            if known.raw.elementsEqual(value.utf8) { return false }
            guard isFurther, let rule = rules[trait] else { return true }
            return !rule.keeps(String(decoding: known.raw, as: UTF8.self), whatever: value)
        }
    }

    /// What reads traits by their names: few are looked for, many are looked up.
    private static func reader(of root: JSONView, for count: Int) -> (String) -> JSONView? {
        guard count > 16 else { return { root[$0] } }
        let members = Dictionary(root.members.map { (Array($0.key.utf8), $0.value) }) { first, _ in first }
        return { name in members[Array(name.utf8)].flatMap { $0.isNull ? nil : $0 } }
    }

    init(_ fold: TraitFold) {
        self.init(fold.traits.map { (name: $0.name, value: $0.seen.value) }) { fold.value(of: $0)?.value }
    }

    /// The portrait with traits in their order, which can be looked up as well.
    private init(_ values: [(name: String, value: String)], value: (String) -> String?) {
        let bytes = JSONWriter.object { writer in
            for (name, value) in values {
                writer.key(name)
                writer.raw(value.utf8)
            }
        }
        traits = String(decoding: bytes, as: UTF8.self)
        let names = Self.nameTraits.compactMap { value($0).flatMap(Self.text) }
        name = NameText.folded(names.joined(separator: " "))
    }

    /// The same with what a fold has of some traits, given by their names, and no more of these.
    func with(_ fold: TraitFold, for names: [String]) -> Portrait {
        let new = fold.traits.map { (name: $0.name, value: $0.seen.value) }
        let replaced = Set((names + new.map(\.name)).map { Array($0.utf8) })
        var values: [(name: String, value: String)] = []
        for (name, value) in root?.members.map({ $0 }) ?? [] where !replaced.contains(Array(name.utf8)) {
            values.append((name: name, value: String(decoding: value.raw, as: UTF8.self)))
        }
        values = (values + new).sorted { UTF8Order.precedes($0.name, $1.name) ?? false }
        return Portrait(values) { name in values.first { UTF8Order.areSame($0.name, name) }?.value }
    }

    /// The traits, to be looked into.
    private var root: JSONView? {
        try? JSONDocument(Array(traits.utf8), limits: EventEnvelope.limits).root
    }

    /// The traits that name a person, as the SDKs call them and as people do.
    private static let nameTraits = [
        "name", "firstName", "lastName", "first_name", "last_name", "firstname", "lastname", "fullName", "full_name",
        "displayName", "display_name", "nickname", "username",
    ]

    private static func text(of value: String) -> String? {
        guard value.utf8.first == UInt8(ascii: "\"") else { return nil }
        return (try? JSONDocument(Array(value.utf8)))?.root.string
    }
}
