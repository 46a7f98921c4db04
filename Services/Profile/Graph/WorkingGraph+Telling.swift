import Identity

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

    /// Those from before the batch whose ids lead nowhere any more, since the identifiers that founded them are gone.
    var founderless: Set<Int64> {
        removed.isEmpty ? [] : Set(originals.filter { removed.contains($0.value.founder) }.keys)
    }

    /// Those that only values were added to, with these.
    ///
    /// Where the profile has that value already it has it still, whichever of its identifiers it is from: each rule takes one of
    /// the values that it took before or a new one, or, of lists, what is in any.
    func toldProfiles() throws -> [Int64: [ToldValue]] {
        var profiles: [Int64: [ToldValue]] = [:]
        for (identifier, values) in told where !removed.contains(identifier) {
            profiles[try node(identifier).profile, default: []] += values
        }
        return profiles
    }
}

/// A value of a trait that may count from now on.
struct ToldValue {
    var key: ObservationKey
    var value: String
    var rank: Int64
    /// Whether nothing that was seen goes for it, and another one was seen that holds whatever there is: then a value that counts
    /// goes on to count unless this one is better.
    var isFurther: Bool

    init(_ seen: SeenValue, of key: ObservationKey, isFurther: Bool = false) {
        self.key = key
        value = seen.value
        rank = seen.rank
        self.isFurther = isFurther
    }
}
