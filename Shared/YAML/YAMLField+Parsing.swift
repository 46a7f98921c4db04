import Yams

extension YAMLField {
    /// The file as a whole; `nil` when nothing is written in it.
    public init?(file text: String) throws(YAMLError) {
        guard let node = try Self.compose(text) else { return nil }
        self.init(name: "", node: node)
    }

    private static func compose(_ text: String) throws(YAMLError) -> Node? {
        do {
            return try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw YAMLError(error)
        } catch {
            throw YAMLError(problem: "\(error)")
        }
    }
}

extension YAMLError {
    /// What the parser found, with its line.
    fileprivate init(_ error: YamlError) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let setting = context.map { "\($0.text), " } ?? ""
            self.init(line: mark.line, problem: "This is not YAML: \(setting)\(problem).")
        case .reader(let problem, let offset, _, let text):
            let line = offset.map { text.prefix($0).count(where: \.isNewline) + 1 }
            self.init(line: line, problem: "This is not YAML: \(problem).")
        case .duplicatedKeysInMapping(let duplicates, let context):
            self.init(
                line: context.mark.line,
                problem: "A field comes twice: \(duplicates.joined(separator: ", "))."
            )
        default:
            self.init(problem: "This is not YAML: \(error)")
        }
    }
}
