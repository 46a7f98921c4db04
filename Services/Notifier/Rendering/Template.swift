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
            throw TemplateError(error)
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

    fileprivate init(_ error: MustacheTemplate.ParserError) {
        let cause =
            switch error.error {
            case MustacheTemplate.Error.sectionCloseNameIncorrect: "a section is closed under another name"
            case MustacheTemplate.Error.unfinishedName: "a tag is not finished"
            case MustacheTemplate.Error.expectedSectionEnd: "a section is not closed"
            default: "\(error.error)"
            }
        problem = "\(cause), at line \(error.context.lineNumber) of it."
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
