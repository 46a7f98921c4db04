import Events
import Identity
import Store
import Synchronization

/// A whole store, with what is needed to write to it and to find something in it.
struct LiveStore: Sendable {
    /// Which of the ``StoreFiles`` it is.
    let number: Int
    let store: any BatchStore
    let rules: StoredRules
    let hash: KeyedHash

    /// What its ids are made with.
    func secret() throws -> [UInt8] {
        try store.read { try Meta.bytes("secret", in: $0) } ?? []
    }

    /// The store as the API reads it.
    var view: StoreView {
        StoreView(reader: store, lookup: ProfileLookup(rules: rules.rules, hashes: hash), rules: rules)
    }
}

/// What one request reads from.
struct StoreView: Sendable {
    let reader: any BatchStore
    let lookup: ProfileLookup
    let rules: StoredRules
}

/// The store that requests read from; a rebuild puts another in its place at one moment.
///
/// A request that has begun stays with the store that it has begun with, which is there until the last of them is done.
final class StoreInUse: Sendable {
    private let state: Mutex<StoreView>

    init(_ view: StoreView) {
        state = Mutex(view)
    }

    var view: StoreView { state.withLock { $0 } }

    func replace(by view: StoreView) {
        state.withLock { $0 = view }
    }
}
