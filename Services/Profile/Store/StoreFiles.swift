import FoundationEssentials
import GRDB
import Identity
import Store

/// The files that the store is in.
///
/// The first one is `profile.sqlite`, and every rebuild makes the next: `profile-2.sqlite`, `profile-3.sqlite`. In use is the one
/// with the greatest number that is whole: it has a secret, and no note of a rebuild (``Meta``). So the transaction that removes
/// the note is what puts a store into use. No file is ever renamed, and one is removed only when nobody reads it any more.
struct StoreFiles: Sendable {
    /// What is there when the process starts.
    struct Opened {
        var live: LiveStore
        /// The number of a store that the last process was rebuilding.
        var unfinished: Int?
    }

    let directory: String

    func path(_ number: Int) -> String {
        number == 1 ? "\(directory)/profile.sqlite" : "\(directory)/profile-\(number).sqlite"
    }

    /// Opens the store in use, or makes a new one by these rules, and removes what was left behind by those before it.
    func open(orNewBy rules: Rules) throws -> Opened {
        var unfinished: Int?
        var found: (number: Int, store: Store)?
        for number in try numbers().sorted(by: >) where number > 1 {
            let store = try Store(path: path(number), migrations: Schema.migrations)
            switch try store.read({ try Self.state(of: $0) }) {
            case .whole: found = (number, store)
            case .unfinished where unfinished == nil: unfinished = number
            case .unfinished, .empty: break
            }
            if found != nil { break }
        }
        let (number, store) = try found ?? (1, Store(path: path(1), migrations: Schema.migrations))
        let live = LiveStore(
            number: number,
            store: store,
            rules: try .of(store, orNew: rules),
            hash: try KeyedHash(of: store)
        )
        for other in try numbers() where other != number && other != unfinished { remove(other) }
        return Opened(live: live, unfinished: unfinished)
    }

    private enum State {
        case whole
        case unfinished
        /// Made, but nothing is in it.
        case empty
    }

    private static func state(of db: Database) throws -> State {
        guard try Meta.bytes("secret", in: db) != nil else { return .empty }
        return try Meta.bytes("rebuild", in: db) == nil ? .whole : .unfinished
    }

    /// Removes a store that nobody has open.
    func remove(_ number: Int) {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            try? FileManager.default.removeItem(atPath: path(number) + suffix)
        }
    }

    /// The numbers of the stores that there are files of.
    func numbers() throws -> Set<Int> {
        Set(try FileManager.default.contentsOfDirectory(atPath: directory).compactMap(Self.number))
    }

    /// The number of the store that a file of this name belongs to.
    static func number(of name: String) -> Int? {
        guard name.hasPrefix("profile"), let dot = name.firstIndex(of: ".") else { return nil }
        guard ["sqlite", "sqlite-wal", "sqlite-shm", "sqlite-journal"].contains(name[dot...].dropFirst()) else {
            return nil
        }
        let middle = name[..<dot].dropFirst("profile".count)
        if middle.isEmpty { return 1 }
        guard middle.first == "-", let number = Int(middle.dropFirst()), number > 1 else { return nil }
        return "-\(number)" == middle ? number : nil
    }
}
