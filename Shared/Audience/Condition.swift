public import Events

/// A condition on a profile, which it meets or not.
///
/// Its JSON form is an object that has one of these subjects, and what is asked of it:
///
/// | JSON | meets it |
/// |---|---|
/// | `{"all": [ … ]}` | who meets every condition of the list; everybody, if it is empty |
/// | `{"any": [ … ]}` | who meets one of them; nobody, if it is empty |
/// | `{"not": { … }}` | who does not meet the condition |
/// | `{"trait": "address.city", "equals": "Seoul"}` | see ``TraitCondition`` |
/// | `{"identifier": "email", "exists": true}` | see ``IdentifierCondition`` |
/// | `{"event": "Order Completed", "within": "30d"}` | see ``EventCondition`` |
/// | `{"text": "ada love"}` | whose names have a word beginning with each of these words, in any case |
///
/// Every condition is either met or not, nothing is unknown: `not` is always the exact opposite, so
/// `{"not": {"trait": "age", "atLeast": 18}}` is also met by those whose age is not known.
public indirect enum Condition: Sendable, Hashable {
    /// Every one of them; an empty list is met by everybody.
    case all([Condition])
    /// At least one of them; an empty list is met by nobody.
    case any([Condition])
    /// The opposite.
    case not(Condition)
    /// What is known about the person.
    case trait(TraitCondition)
    /// The identifiers of a namespace.
    case identifier(IdentifierCondition)
    /// What the person did, or what happened to them.
    case event(EventCondition)
    /// Words of the person's names.
    case text(String)

    /// Reads the JSON form; an unknown field is refused by name together with the known ones.
    ///
    /// At most ``maximumDepth`` conditions inside each other and ``maximumCount`` in all.
    public init(json: JSONView) throws(ConditionError) {
        var reader = ConditionReader()
        self = try reader.condition(json, at: "", depth: 1)
    }

    /// How many conditions may be inside each other.
    public static let maximumDepth = 16

    /// How many conditions there may be in all.
    public static let maximumCount = 200
}
