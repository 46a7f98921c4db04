/// Which profiles may have other traits after the batch.
extension WorkingGraph {
    /// Those whose traits are to be folded again: identifiers went to or left them, or something was taken back or said of one.
    func reshaped() throws -> Set<Int64> {
        var profiles = refolds.filter(isThere)
        for identifier in retold.subtracting(removed) { profiles.insert(try node(identifier).profile) }
        for (identifier, origin) in origins where !removed.contains(identifier) {
            profiles.insert(try node(identifier).profile)
            if isThere(origin) { profiles.insert(origin) }
        }
        return profiles
    }

    /// Those that only values were added to, with these.
    ///
    /// Where the profile has that value already it has it still, whichever of its identifiers it is from: each rule takes one of
    /// the values that it took before or a new one, or, of lists, what is in any.
    func toldProfiles() throws -> [Int64: [(trait: String, value: String)]] {
        var profiles: [Int64: [(trait: String, value: String)]] = [:]
        for (identifier, values) in told where !removed.contains(identifier) {
            let named = try values.map { (trait: try cache.traits.name(of: $0.trait, in: db), value: $0.value) }
            profiles[try node(identifier).profile, default: []] += named
        }
        return profiles
    }
}
