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

    /// Whether the traits have just these values; `null` is that of a trait that there is not.
    ///
    /// Not so if two of the traits differ in their names' Unicode form only: then nothing is said for certain.
    func says(_ values: [(trait: String, value: String)]) -> Bool {
        guard let known = try? JSONDocument(Array(traits.utf8), limits: EventEnvelope.limits).root else { return false }
        return values.allSatisfy { trait, value in
            known[trait].map { $0.raw.elementsEqual(value.utf8) } ?? (value == "null")
        }
    }

    init(_ fold: TraitFold) {
        let bytes = JSONWriter.object { writer in
            for (name, seen) in fold.traits {
                writer.key(name)
                writer.raw(seen.value.utf8)
            }
        }
        traits = String(decoding: bytes, as: UTF8.self)
        let names = Self.nameTraits.compactMap { fold.value(of: $0).flatMap { Self.text(of: $0.value) } }
        name = NameText.folded(names.joined(separator: " "))
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
