import ServiceKit
import YAML

/// The configuration file, as far as it is about retention.
struct RetentionFile: Sendable {
    let path: String

    /// What it says now; no file says nothing.
    func read() throws(RetentionError) -> RetentionPlan {
        let text: String?
        do throws(ConfigurationTextError) {
            text = try ConfigurationText.read(path)
        } catch {
            throw RetentionError(file: path, problem: error.description)
        }
        do throws(YAMLError) {
            return try RetentionPlan(yaml: text ?? "")
        } catch {
            throw RetentionError(file: path, problem: error.description)
        }
    }
}

/// Why the file's retention cannot be used.
struct RetentionError: Error, Equatable, CustomStringConvertible {
    let file: String
    /// One sentence, behind its line if it is about one.
    let problem: String

    var description: String { "\(file), \(problem)" }
}
