import Glibc

/// The text of a configuration file.
public enum ConfigurationText {
    /// What is written in the file; `nil` when there is no such file.
    public static func read(_ path: String) throws(ConfigurationTextError) -> String? {
        guard let file = fopen(path, "re") else {
            if errno == ENOENT { return nil }
            throw ConfigurationTextError(errno: errno)
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        // A directory, for instance, can be opened.
        guard ferror(file) == 0 else { throw ConfigurationTextError(errno: errno) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Why a configuration file cannot be read.
public struct ConfigurationTextError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What the operating system said.
    public let errno: Int32

    /// One sentence, without the file's name.
    public var description: String { "The file cannot be read: \(String(cString: strerror(errno)))." }
}
