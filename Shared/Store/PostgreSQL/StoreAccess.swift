/// By what right a process has a store that one process at a time writes.
public enum StoreAccess: Sendable {
    /// It is the only one there is; a second one is refused.
    case alone
    /// It is the only one there is, and is refused at once, by ``StoreError/outOfTurn(store:)``, when another one has it.
    case ifFree
    /// It is one of several that take turns, and the closure finds in the database whose turn it is.
    ///
    /// - Whoever still has the store when it is this process's turn has died or stalled, and is cut off.
    /// - Out of its turn a process never gets the store again, and writes throw ``StoreError/outOfTurn(store:)``.
    case inTurn(@Sendable (any SQLConnection) throws -> Bool)
    /// It only reads, whoever writes; the store must be there.
    case reading
}
