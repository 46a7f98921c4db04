import Events

/// What a PostHog `distinct_id` is: a person's id at the sender, or a device's.
///
/// PostHog has one space for both; Kith's profiles need to know, because a person has one user id and many devices.
/// Nothing is guessed from a UUID's look alone: many a company's user ids are UUIDs. In this order:
///
/// 1. The browser and mobile libraries say it outright: `$is_identified`, or the user's id in `$user_id`.
/// 2. It equals `$device_id`, or `$anon_distinct_id`: it is the device's.
/// 3. A library made it up for an event without a person: a UUID with `$process_person_profile: false`.
/// 4. Otherwise the caller chose it: a user's.
enum PostHogIdentity: Equatable {
    case user
    case anonymous

    init(of id: String, properties: JSONView?, processesProfile: Bool?) {
        if let isIdentified = properties?["$is_identified"]?.bool {
            self = isIdentified ? .user : .anonymous
        } else if properties?["$user_id"]?.string == id {
            self = .user
        } else if properties?["$device_id"]?.string == id || properties?["$anon_distinct_id"]?.string == id {
            self = .anonymous
        } else if processesProfile == false, MessageID.isUUID(id) {
            self = .anonymous
        } else {
            self = .user
        }
    }

    /// Whether an id that stands beside another one in an alias call looks made up by a library.
    static func looksGenerated(_ id: String) -> Bool {
        MessageID.isUUID(id) || looksLikeOldDevice(id)
    }

    /// Older browser libraries made ids such as `17b845b08de74-033c497ed2753c-35667c03-1fa400-17b845b08dfd55`.
    private static func looksLikeOldDevice(_ id: String) -> Bool {
        let parts = id.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return parts.count == 5 && id.utf8.count >= 40
            && parts.allSatisfy { part in
                !part.isEmpty && part.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
            }
    }
}

/// The two ids of an alias call, in the order that makes sense rather than the one they came in.
///
/// Which of the two is the person's is told, in this order, by
/// 1. their look: the one that a library made up is the previous one;
/// 2. the library: Python's `alias(previous_id, distinct_id)` sends the previous id as `distinct_id`, all others send the
///    person's;
/// 3. PostHog's own meaning: `alias` goes over into `distinct_id`.
struct PostHogAlias: Equatable {
    var user: String
    var previous: String

    init(distinctID: String, alias: String, library: String?) {
        let isGenerated = PostHogIdentity.looksGenerated(distinctID)
        let isSwapped =
            isGenerated == PostHogIdentity.looksGenerated(alias)
            ? library?.hasPrefix("posthog-python") == true : isGenerated
        user = isSwapped ? alias : distinctID
        previous = isSwapped ? distinctID : alias
    }
}
