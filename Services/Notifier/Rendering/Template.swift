import Events
import Mustache

/// A Mustache template whose values are escaped for what it makes.
struct Template: Sendable, Equatable {
    enum Kind: String, Sendable {
        /// Nothing is escaped.
        case text = "KITH-TEXT"
        /// Values are escaped, also between quotation marks.
        case html = "KITH-HTML"
    }

    let source: String
    private let kind: Kind
    private let template: MustacheTemplate

    init(_ source: String, _ kind: Kind) throws(TemplateError) {
        Escaping.register()
        self.source = source
        self.kind = kind
        do {
            template = try MustacheTemplate(string: "{{% CONTENT_TYPE:\(kind.rawValue)}}\(source)")
        } catch let error as MustacheTemplate.ParserError {
            throw TemplateError(error, in: source)
        } catch {
            throw TemplateError(problem: "\(error)")
        }
    }

    /// The text for these values; what has no value is left out.
    func render(_ scope: MessageScope) -> String {
        template.render(scope.values)
    }

    static func == (left: Template, right: Template) -> Bool {
        left.source == right.source && left.kind == right.kind
    }
}

/// Why a text is no template.
struct TemplateError: Error, Equatable, Sendable {
    var problem: String

    init(problem: String) {
        self.problem = problem
    }

    fileprivate init(_ error: MustacheTemplate.ParserError, in source: String) {
        let cause =
            switch error.error {
            case MustacheTemplate.Error.sectionCloseNameIncorrect: "a section is closed under another name"
            case MustacheTemplate.Error.unfinishedName: "a tag is not finished"
            case MustacheTemplate.Error.expectedSectionEnd: "a section is not closed"
            case let other as MustacheTemplate.Error: "\(other)"
            // Of anything else the library says only that the text has ended.
            default: Self.end(of: source)
            }
        problem = "\(cause), at line \(error.context.lineNumber) of it."
    }

    /// What a text that has ended too early lacks: the end of a tag, or of what looks like the beginning of one.
    private static func end(of source: String) -> String {
        var rest = source[...]
        while let close = rest.firstRange(of: "}}") { rest = rest[close.upperBound...] }
        let isTag = rest.firstRange(of: "{{") != nil || !rest.hasSuffix("{")
        return isTag ? "a tag that begins with {{ is not closed" : "it ends with a single {"
    }
}

/// How values are escaped.
///
/// Scalar by scalar: Swift takes a quotation mark and a combining mark behind it for one character, but a browser does not.
private enum Escaping {
    private struct Text: MustacheContentType {
        func escapeText(_ text: String) -> String { text }
    }

    private struct HTML: MustacheContentType {
        func escapeText(_ text: String) -> String {
            var result = ""
            for scalar in text.unicodeScalars {
                switch scalar {
                case "<": result += "&lt;"
                case ">": result += "&gt;"
                case "&": result += "&amp;"
                case "\"": result += "&quot;"
                case "'": result += "&#39;"
                default: result.unicodeScalars.append(scalar)
                }
            }
            return result
        }
    }

    /// Makes the library know them; once, however often it is called.
    static func register() { _ = registered }

    private static let registered: Void = {
        MustacheContentTypes.register(Text(), named: Template.Kind.text.rawValue)
        MustacheContentTypes.register(HTML(), named: Template.Kind.html.rawValue)
    }()
}
