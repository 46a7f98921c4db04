import Store

/// A store that was in use, until nobody reads it any more, or one that was given up before.
struct RetiredStore {
    let number: Int
    weak var store: (any BatchStore)?
    /// Otherwise nobody has read it.
    var wasInUse = true

    /// Whether nobody does, here or in another process, where the oldest store that is read has this number.
    func isUnread(_ oldest: Int) -> Bool { store == nil && (number < oldest || !wasInUse) }
}
