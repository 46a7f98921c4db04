/// What one stream came to.
struct Report: Encodable {
    /// Events, each counted once however often it was delivered.
    var events = 0
    var people = 0
    var identifiers = 0
    /// Events a second of the processor's time, on one core: what the events say of identities, by the rules.
    var factsRate = 0
    /// The same for resolving them and folding their traits in memory.
    var resolvingRate = 0
    /// The same for both.
    var bothRate = 0
    var precision = 0.0
    var recall = 0.0
    var oraclePrecision = 0.0
    var oracleRecall = 0.0
    /// Of the recall that an oracle has who knows whose every identifier is.
    var shareOfOracle = 0.0
    /// Profiles that have events of several people.
    var mixed = 0
    /// The most people in one profile.
    var largestMix = 0
    /// The most identifiers, and the most events, of one profile.
    var largestProfile = 0
    var mostEvents = 0
    var overLimits = 0
    var profiles = 0
    var resolvedTheLongWay = 0
    var shared = 0
    var ambiguous = 0
    var divided = 0
    var rejected = 0
    /// Which of the bounds do not hold.
    var missed: [String] = []

    /// Compares the figures with what must hold.
    mutating func judge() {
        if precision < Bounds.precision { missed.append("precision \(precision) < \(Bounds.precision)") }
        if shareOfOracle < Bounds.shareOfOracle {
            missed.append("recall \(shareOfOracle) < \(Bounds.shareOfOracle) of the oracle's")
        }
        if overLimits > 0 { missed.append("\(overLimits) profiles are over the limits") }
        if largestMix > Bounds.largestMix {
            missed.append("a profile of \(largestMix) people > \(Bounds.largestMix)")
        }
        if largestProfile > Bounds.largestProfile {
            missed.append("a profile of \(largestProfile) identifiers > \(Bounds.largestProfile)")
        }
    }
}

/// What must hold of every stream.
enum Bounds {
    static let precision = 0.999
    static let shareOfOracle = 0.995
    /// Nobody is mixed with a crowd, however large the stream is.
    static let largestMix = 10
    static let largestProfile = 50
}
