import Identity
import IdentityRules
import Store

/// By which rules a store was made, and by which version of the code; it goes on with these until it is rebuilt.
struct StoredRules: Equatable, Sendable {
    var rules: Rules
    var version: Int64 = ResolutionVersion.current

    /// How another set of rules, and this code, differ from these.
    func standing(beside file: Result<Rules, IdentityRulesFileError>) -> RulesStanding {
        switch file {
        case .failure(let error): .fileIsWrong(error)
        case .success(let rules) where rules.canonicalText != self.rules.canonicalText: .fileDiffers
        case .success: version == ResolutionVersion.current ? .upToDate : .versionDiffers
        }
    }
}

/// How the rules that the store was made by stand to those of the file and to this version of the code.
enum RulesStanding: Equatable, Sendable {
    case upToDate
    case fileDiffers
    case versionDiffers
    case fileIsWrong(IdentityRulesFileError)

    /// A constant word.
    var word: String {
        switch self {
        case .upToDate: "upToDate"
        case .fileDiffers: "fileDiffers"
        case .versionDiffers: "versionDiffers"
        case .fileIsWrong: "fileIsWrong"
        }
    }

    /// One sentence, where there is something to do.
    var message: String? {
        switch self {
        case .upToDate: nil
        case .fileDiffers:
            "The rules in the file are not those that the store was made by; “kith rebuild” applies them."
        case .versionDiffers:
            "The store was made by another version, which resolves otherwise; “kith rebuild” brings it up to date."
        case .fileIsWrong(let error): "The rules in the file cannot be used, and those of the store go on. \(error)"
        }
    }
}

extension StoredRules {
    /// The rules that a store says it was made by; `nil` if it says nothing.
    init?(of db: any SQLConnection) throws {
        guard let text = try Meta.text("rules", in: db) else { return nil }
        do {
            rules = try Rules(yaml: text)
        } catch {
            throw PipelineError.damagedStore("Its rules cannot be read by this version: \(error)")
        }
        version = try Meta.text("version", in: db).flatMap { Int64($0) } ?? 0
    }

    /// Notes them in a store.
    func note(in db: any SQLConnection) throws {
        try Meta.set("rules", rules.canonicalText, in: db)
        try Meta.set("version", "\(version)", in: db)
    }

    /// The rules of a store: those it was made by, or the given ones if nothing was taken into it yet.
    static func of(_ store: any BatchStore, orNew rules: Rules) throws -> StoredRules {
        try store.write { db in
            let isNew = try db.row("SELECT 1 FROM consumer LIMIT 1") == nil
            if !isNew, let stored = try StoredRules(of: db) { return stored }
            // Stores were made by the defaults before there was anything else.
            let stored = StoredRules(rules: isNew ? rules : Rules())
            try stored.note(in: db)
            return stored
        }
    }
}
