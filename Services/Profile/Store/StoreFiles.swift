import FoundationEssentials
import Store

/// Stores in files of SQLite: `profile.sqlite`, and after a rebuild `profile-2.sqlite`, `profile-3.sqlite`.
struct StoreFiles: StorePlaces {
    let directory: String

    func path(_ number: Int) -> String {
        number == 1 ? "\(directory)/profile.sqlite" : "\(directory)/profile-\(number).sqlite"
    }

    func open(_ number: Int, for purpose: Store.Purpose) throws -> any BatchStore {
        try Self.open(path(number), for: purpose)
    }

    static func open(_ path: String, for purpose: Store.Purpose = .service) throws -> SQLiteStore {
        try SQLiteStore(path: path, migrations: Schema.migrations, for: purpose, searchTable: Schema.searchTable)
    }

    func remove(_ number: Int) {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            try? FileManager.default.removeItem(atPath: path(number) + suffix)
        }
    }

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
