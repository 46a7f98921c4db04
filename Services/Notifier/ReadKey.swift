import Events
import Glibc
import ServiceKit

/// The key that `profile` is asked with.
struct ReadKey: Sendable {
    private let dataDirectory: String

    /// A file that the environment names must be there from the start; what it says may change.
    init(dataDirectory: String) throws(SecretFileError) {
        self.dataDirectory = dataDirectory
        _ = try Environment.secret("KITH_READ_KEY")
    }

    /// From the environment or a file that it names, else from the keys that `kith up` made in the data directory.
    func find() -> String? {
        if let key = try? Environment.secret("KITH_READ_KEY") { return key }
        guard let file = fopen("\(dataDirectory)/keys.json", "re") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = fread(&bytes, 1, bytes.count, file)
        return (try? JSONDocument(Array(bytes[..<count])).root)?["read"]?.string
    }
}
