import Glibc

/// The process's environment variables.
public enum Environment {
    /// The variable's value, or `nil` when it is not set or empty.
    public static subscript(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }

    /// The variable's value, or what is in the file that the variable of this name and `_FILE` names, without line breaks at its end.
    ///
    /// With a file a secret need not stand in the environment; one that is named must be there and have something in it.
    public static func secret(_ name: String) throws(SecretFileError) -> String? {
        try secret(name) { self[$0] }
    }

    /// As ``secret(_:)``, of variables that need not be the process's.
    static func secret(_ name: String, _ variable: (String) -> String?) throws(SecretFileError) -> String? {
        if let value = variable(name).map(trimmed), !value.isEmpty { return value }
        guard let path = variable("\(name)_FILE") else { return nil }
        let text: String?
        do throws(ConfigurationTextError) {
            text = try ConfigurationText.read(path)
        } catch {
            throw SecretFileError(name: name, path: path, problem: error.description)
        }
        let secret = trimmed(text ?? "")
        guard !secret.isEmpty else {
            throw SecretFileError(
                name: name,
                path: path,
                problem: text == nil ? "There is no such file." : "It is empty."
            )
        }
        return secret
    }

    private static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.last?.isNewline == true { text.removeLast() }
        return String(text)
    }
}

/// Why a secret could not be read from its file.
public struct SecretFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The variable that the secret stands for.
    public let name: String
    /// The file.
    public let path: String
    /// What is wrong.
    public let problem: String

    /// One sentence.
    public var description: String { "\(name)_FILE names \(path). \(problem)" }
}
