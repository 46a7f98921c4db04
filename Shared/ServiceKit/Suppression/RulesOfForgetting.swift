public import Identity
import IdentityRules
public import Topics

extension Sequence<ControlBook.Erasure> {
    /// The identity rules by which persons were forgotten, each once.
    ///
    /// Where it is not said they are taken to be the defaults. Rules that this version cannot read are left out.
    public var rulesOfForgetting: [Rules] {
        let texts = Set(compactMap { erasure in erasure.forgotten.map { $0.rules ?? "" } })
        return texts.sorted().compactMap { try? Rules(yaml: $0) }
    }
}
