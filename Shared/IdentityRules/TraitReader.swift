import Identity
import YAML

/// Reads which of a trait's values counts.
enum TraitReader {
    private enum Field: String, CaseIterable {
        case keep
        case sources
    }

    /// The names of the rules.
    enum Keep: String, CaseIterable {
        case last
        case first
        case max
        case min
        case union
        case longest
        case trusted
    }

    /// Refuses what is kept of no event.
    static func checkName(_ value: YAMLField) throws(YAMLError) {
        let name = value.name.utf8
        guard Bounds.traitNameBytes.contains(name.count), name.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            let most = Bounds.traitNameBytes.upperBound
            throw value.nameError("A trait's name has 1 to \(most) bytes, and no control characters.")
        }
    }

    static func rule(_ value: YAMLField) throws(YAMLError) -> TraitRule {
        let fields = try value.fields(known: Field.allCases.map(\.rawValue))
        guard let keep = fields[Field.keep.rawValue] else { throw value.error("“keep” is missing.") }
        let choice = try keep.choice(of: Keep.self)
        let sources = fields[Field.sources.rawValue]
        if let sources, choice != .trusted { throw sources.error("“sources” are only for “keep: trusted”.") }
        switch choice {
        case .last: return .last
        case .first: return .first
        case .max: return .max
        case .min: return .min
        case .union: return .union
        case .longest: return .longest
        case .trusted: return .trusted(try ranking(sources, keep))
        }
    }

    private static func ranking(_ sources: YAMLField?, _ keep: YAMLField) throws(YAMLError) -> [String] {
        guard let sources else { throw keep.error("“keep: trusted” needs “sources”, the most trusted first.") }
        let ranking = try sources.texts()
        guard !ranking.isEmpty else { throw sources.error("“sources” must name at least one source.") }
        var seen: Set<String> = []
        for source in ranking where !seen.insert(source).inserted {
            throw sources.error("“sources” has “\(source)” twice.")
        }
        return ranking
    }
}
