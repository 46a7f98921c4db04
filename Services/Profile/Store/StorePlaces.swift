import Identity
import Store

/// Where the store lies.
///
/// There is a first one, and every rebuild makes the next. In use is the one with the greatest number that is whole: it has a secret, and
/// no note of a rebuild (``Meta``). So the transaction that removes the note is what puts a store into use. None is ever renamed,
/// and one is removed only when nobody reads it any more.
protocol StorePlaces: Sendable {
    /// The numbers of the stores that there are.
    func numbers() throws -> Set<Int>

    /// Opens a store, or makes it.
    func open(_ number: Int, for purpose: Store.Purpose) throws -> any BatchStore

    /// Removes a store that nobody has open.
    func remove(_ number: Int)
}

/// What is there when the process starts.
struct OpenedStores {
    var live: LiveStore
    /// The number of a store that the last process was rebuilding.
    var unfinished: Int?
    /// The numbers of those that were in use before and are there yet, since others may read them.
    var former: Set<Int> = []
}

extension StorePlaces {
    /// Opens the store in use, or makes a new one by these rules, and removes what was left behind by those before it.
    ///
    /// - Parameter keepsFormer: Whether others may still read those that were in use before; then they are left for later.
    func open(orNewBy rules: Rules, keepsFormer: Bool = false) throws -> OpenedStores {
        var unfinished: Int?
        var found: (number: Int, store: any BatchStore)?
        for number in try numbers().sorted(by: >) where number > 1 {
            let store = try open(number, for: .service)
            switch try store.read({ try StoreState(of: $0) }) {
            case .whole: found = (number, store)
            case .unfinished where unfinished == nil: unfinished = number
            case .unfinished, .empty: break
            }
            if found != nil { break }
        }
        let (number, store) = try found ?? (1, open(1, for: .service))
        let live = LiveStore(
            number: number,
            store: store,
            rules: try .of(store, orNew: rules),
            hash: try KeyedHash(of: store)
        )
        let others = try numbers().subtracting([number, unfinished ?? number])
        for other in others where !keepsFormer || other > number { remove(other) }
        // Also one that could not be removed now, as while somebody copies it.
        let former = try numbers().filter { $0 < number }
        return OpenedStores(live: live, unfinished: unfinished, former: former)
    }
}

private enum StoreState {
    case whole
    case unfinished
    /// Made, but nothing is in it.
    case empty

    init(of db: any SQLConnection) throws {
        if try Meta.bytes("secret", in: db) == nil {
            self = .empty
        } else {
            self = try Meta.bytes("rebuild", in: db) == nil ? .whole : .unfinished
        }
    }
}
