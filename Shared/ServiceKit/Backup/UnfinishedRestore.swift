import Glibc

/// A backup is being restored into a data directory, or was, and not all of it is there: nothing may start on it.
///
/// A service would go on with what it finds, and make anew what it misses.
public struct UnfinishedRestore: Error, Equatable, CustomStringConvertible {
    /// The data directory.
    public let data: String

    /// One sentence that says what to do.
    public var description: String {
        "\(data) holds a backup that was not restored to its end: run “kith restore” again into it, with this or another backup."
    }

    /// The file that stands in a data directory for as long as that is so.
    public static func mark(in data: String) -> String { "\(data)/restoring" }

    /// Throws if it is so.
    public static func refuse(in data: String) throws(UnfinishedRestore) {
        if access(mark(in: data), F_OK) == 0 { throw UnfinishedRestore(data: data) }
    }
}
