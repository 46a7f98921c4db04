import Events
import JQ
import YAML

/// A text of a manifest with expressions in it, each in `\( )`.
struct TextTemplate: Sendable {
    private enum Content: Sendable {
        case constant(String)
        case expression(Expression)
    }

    private let content: Content
    /// Whether all of it is one expression, so that nothing is told from something.
    let isOneExpression: Bool

    /// How what is put in is written.
    enum Encoding {
        case plain
        /// Percent-encoded, for a part of an address.
        case address
    }

    init(_ field: YAMLField, _ encoding: Encoding = .plain) throws(YAMLError) {
        guard let text = field.scalar else { throw field.error("\(field.title) must be a text.") }
        try self.init(text, at: field, encoding)
    }

    init(_ text: String, at field: YAMLField, _ encoding: Encoding = .plain) throws(YAMLError) {
        guard let pieces = Self.pieces(of: text) else { throw field.error("\(field.title) has a \\( without its end.") }
        let isConstant = pieces.allSatisfy { if case .text = $0 { true } else { false } }
        isOneExpression = encoding == .plain && pieces.count == 1 && !isConstant
        if isConstant {
            content = .constant(text)
        } else if encoding == .plain, pieces.count == 1, case .expression(let source) = pieces[0] {
            // Not as a text, so that null is told from "null".
            content = .expression(try Expression(source, at: field))
        } else {
            content = .expression(try Expression(Self.program(of: pieces, encoding), at: field))
        }
    }

    /// The text; `nil` when all of it is one expression that gives nothing or null.
    func text(of input: JSONValue = .null, in scope: Scope) throws(ProgramError) -> String? {
        switch content {
        case .constant(let text): text
        case .expression(let expression): try expression.value(of: input, in: scope)?.plainText
        }
    }

    /// Everything that it gives.
    func values(in scope: Scope) throws(ProgramError) -> [JSONValue] {
        switch content {
        case .constant(let text): [.string(text)]
        case .expression(let expression): try expression.values(of: .null, in: scope)
        }
    }

    // MARK: Reading

    private enum Piece {
        case text(Substring)
        case expression(String)
    }

    /// The parts of a text; `nil` when an expression has no end.
    private static func pieces(of text: String) -> [Piece]? {
        var pieces: [Piece] = []
        var rest = text[...]
        while let start = rest.firstRange(of: "\\(") {
            if start.lowerBound > rest.startIndex { pieces.append(.text(rest[..<start.lowerBound])) }
            guard let end = closing(in: rest[start.upperBound...]) else { return nil }
            pieces.append(.expression(String(rest[start.upperBound..<end])))
            rest = rest[rest.index(after: end)...]
        }
        if !rest.isEmpty || pieces.isEmpty { pieces.append(.text(rest)) }
        return pieces
    }

    /// Where the parenthesis closes that was open before the text; those in jq's strings do not count.
    private static func closing(in text: Substring) -> String.Index? {
        var depth = 1
        var isQuoted = false
        var index = text.startIndex
        while index < text.endIndex {
            switch text[index] {
            case "\\" where isQuoted: index = text.index(after: index)
            case "\"": isQuoted.toggle()
            case "(" where !isQuoted: depth += 1
            case ")" where !isQuoted:
                depth -= 1
                if depth == 0 { return index }
            default: break
            }
            guard index < text.endIndex else { return nil }
            index = text.index(after: index)
        }
        return nil
    }

    private static func program(of pieces: [Piece], _ encoding: Encoding) -> String {
        let parts = pieces.map { piece in
            switch piece {
            case .text(let text): JSONValue.string(String(text)).text.dropFirst().dropLast().description
            case .expression(let source): "\\(\(encoding == .address ? present(source) : source))"
            }
        }
        return (encoding == .address ? "@uri " : "") + "\"\(parts.joined())\""
    }

    /// In an address, what is missing must not become the text “null”.
    private static func present(_ source: String) -> String {
        let problem = JSONValue.string("“\(source)” has no value.").text
        return "(\(source)\n) | if . == null then error(\(problem)) else . end"
    }
}
