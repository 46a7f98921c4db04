/// A ``Membership``, where another type is called so.
public typealias GroupMembership = Membership
