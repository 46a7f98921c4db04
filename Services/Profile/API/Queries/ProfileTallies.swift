/// The counts of profiles' events, as a part of a query: `t` is a tally of the identifier `i`.
enum ProfileTallies {
    static let source = """
        identifier i LEFT JOIN activity a ON a.profile = i.profile CROSS JOIN run r CROSS JOIN tally t
        """

    /// Of all runs only those are asked that can have any: no event is before its identifier was first seen, nor after its profile
    /// was last.
    static let condition = """
        r.last >= i.first_seen AND r.first <= coalesce(a.last_seen, r.first) AND t.run = r.id AND t.identifier = i.id
        """
}
