import Yams

/// One value of a configuration file, with its name and its line, so that what is wrong can be said with its place.
///
/// Values are read as they are asked for: whoever wants a text gets what is written, be it `no`, `1.0` or in quotes.
/// Where the kind of a value decides, as in ``json``, what is quoted is text, and plain are the truth values and nulls of
/// YAML 1.2 and the numbers of JSON; so `no` is a text, and a number keeps its digits.
public struct YAMLField {
    /// What it is called; an element is called as its list, and a whole file nothing.
    public let name: String
    /// The line that its name stands on; of what has no name of its own, the same as ``line``.
    public let nameLine: Int?
    let node: Node

    init(name: String, nameLine: Int? = nil, node: Node) {
        self.name = name
        self.nameLine = nameLine ?? node.mark?.line
        self.node = node
    }

    /// The same value, called otherwise, such as an element by what it is.
    public func named(_ name: String) -> YAMLField {
        YAMLField(name: name, nameLine: nameLine, node: node)
    }

    /// The line that its value begins on.
    public var line: Int? { node.mark?.line }

    /// That something is wrong here.
    public func error(_ problem: String) -> YAMLError {
        YAMLError(line: line, problem: problem)
    }

    /// That something is wrong with the name.
    public func nameError(_ problem: String) -> YAMLError {
        YAMLError(line: nameLine, problem: problem)
    }

    /// That a name in its value is none of those that are known.
    public func error(_ problem: String, for name: String, known: [String]) -> YAMLError {
        error("\(problem); \(Spelling.hint(for: name, known: known))")
    }

    /// That its own name is none of those that are known.
    public func nameError(_ problem: String, known: [String]) -> YAMLError {
        nameError("\(problem); \(Spelling.hint(for: name, known: known))")
    }

    /// The subject of a sentence about it.
    public var title: String { name.isEmpty ? "The file" : "“\(name)”" }
}

// MARK: - What it is

extension YAMLField {
    /// What is written, when it is one value.
    public var scalar: String? { node.scalar?.string }

    /// The elements, when it is a list.
    public var elements: [YAMLField]? {
        node.sequence?.map { YAMLField(name: name, node: $0) }
    }

    /// The fields in the order of the file, when it is a mapping; a name that is no text is empty.
    public var members: [YAMLField]? {
        node.mapping?.map { key, value in
            YAMLField(name: key.scalar?.string ?? "", nameLine: key.mark?.line, node: value)
        }
    }

    /// The field of a mapping that has this name.
    public func member(_ name: String) -> YAMLField? {
        members?.first { $0.name == name }
    }
}
