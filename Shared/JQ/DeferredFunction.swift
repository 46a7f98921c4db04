import Crypto
import Events

/// Functions that jq (1.6) does not have: what they are given travels through jq, and what they give takes its place on the way out.
///
/// Inside jq their result is a text of marks (see ``NumberTags``) and of the input's characters as numbers, which `@uri`,
/// `tojson` and `ascii_downcase` leave alone: it is equal for equal inputs and may be put into other texts or given to another of these functions, but it
/// has another length and cannot be cut. Null stays null.
enum DeferredFunction: Character, CaseIterable {
    case sha256 = "2"
    case md5 = "3"
    /// As Unicode has it; jq's own knows ASCII only.
    case lowercase = "4"

    /// Makes jq know of them; it stands behind the library of ``NumberTags``.
    static let library = allCases.map { function in
        "def \(function): if . == null then null else \"\(NumberTags.mark)\(function.rawValue)\" "
            + "+ (tostring | explode | map(\"\\(.)x\") | add) + \"\(NumberTags.end)\" end;"
    }.joined(separator: " ")

    /// The text with the results in it.
    static func resolved(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let mark = rest.firstRange(of: NumberTags.mark) {
            let code = rest[mark.upperBound...].first
            guard let code, let function = DeferredFunction(rawValue: code) else {
                result += rest[..<mark.upperBound]
                rest = rest[mark.upperBound...]
                continue
            }
            result += rest[..<mark.lowerBound]
            let payload = rest[mark.upperBound...].dropFirst()
            // One without its end was cut: nothing of it is shown.
            guard let end = payload.firstRange(of: NumberTags.end) else { return result }
            result += function.result(of: payload[..<end.lowerBound])
            rest = payload[end.upperBound...]
        }
        return result + rest
    }

    private func result(of payload: Substring) -> String {
        let characters = payload.split { $0 == "x" || $0 == "X" }.compactMap { number in
            UInt32(number).flatMap { UnicodeScalar($0) }
        }
        let input = NumberTags.stripped(String(String.UnicodeScalarView(characters)))
        return switch self {
        case .sha256: Hexadecimal.encode(SHA256.hash(data: Array(input.utf8)))
        case .md5: Hexadecimal.encode(Insecure.MD5.hash(data: Array(input.utf8)))
        case .lowercase: input.lowercased()
        }
    }
}
