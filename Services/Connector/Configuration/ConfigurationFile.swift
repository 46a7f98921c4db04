import Events
import ServiceKit

/// Reads the configuration from its file.
enum ConfigurationFile {
    /// The file's configuration; an empty one when there is no such file, unless that would take the place of another.
    ///
    /// Relative paths in it are meant from where it lies.
    static func read(_ path: String, inPlaceOf held: Configuration = Configuration()) throws -> Configuration {
        let bytes: [UInt8]
        do throws(FileError) {
            let file = try FileReader(path: path)
            bytes = try file.read(Int(file.size), at: 0)
        } catch {
            guard error.isMissing else { throw error }
            guard held == Configuration() else { throw ConfigurationGone() }
            return Configuration()
        }
        var configuration = try Configuration(String(decoding: bytes, as: UTF8.self)) { name throws(SecretFileError) in
            try Environment.secret(name)
        }
        let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        configuration.resolvePaths(from: directory)
        return configuration
    }

    /// Does what the file must be right for; an error names the file.
    static func using<Value>(_ path: String, _ body: () throws -> Value) throws(ConfigurationFileError) -> Value {
        do {
            return try body()
        } catch {
            throw ConfigurationFileError(file: path, problem: "\(error)")
        }
    }
}

/// Why the configuration file cannot be used.
struct ConfigurationFileError: Error, Equatable, CustomStringConvertible {
    let file: String
    /// One sentence, behind its line if it is about one.
    let problem: String

    var description: String { "\(file), \(problem)" }
}

/// The configuration would be lost with its file.
private struct ConfigurationGone: Error, CustomStringConvertible {
    let description = "the file is gone; what it said goes on as before."
}

extension Configuration {
    /// Makes every path that is relative begin at the directory.
    mutating func resolvePaths(from directory: String) {
        for index in sources.indices { sources[index].resolvePaths(from: directory) }
        for index in destinations.indices { destinations[index].resolvePaths(from: directory) }
        for index in connectors.indices { connectors[index].resolvePaths(from: directory) }
    }
}

extension Configuration.Entry {
    fileprivate mutating func resolvePaths(from directory: String) {
        for name in ["path", "authorities"] {
            guard case .string(let path) = values[name], !path.hasPrefix("/") else { continue }
            values[name] = .string("\(directory)/\(path)")
        }
    }
}
