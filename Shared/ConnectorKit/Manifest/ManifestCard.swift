public import YAML

/// What a list of connectors says of each; unlike ``Manifest`` it is read without compiling any expression.
public struct ManifestCard: Sendable {
    /// One sentence.
    public let summary: String
    /// Whether there is anything to read or receive.
    public let isSource: Bool
    /// Whether there is anything that it can be told to do.
    public let isDestination: Bool

    /// Reads as much of a manifest as a list needs.
    public init(_ text: String) throws(YAMLError) {
        guard let file = try YAMLField(file: text) else { throw YAMLError(problem: "The manifest is empty.") }
        summary = try file.member("summary")?.text() ?? ""
        isSource = file.member("streams") != nil || file.member("webhook") != nil
        isDestination = file.member("actions") != nil
    }
}
