import Events
import Glibc

/// How a number gets through jq with its text, although jq (1.6) computes with doubles.
///
/// A number that a double writes otherwise, such as `820982911946154508` or `2.10`, is a string inside jq, between
/// two marks; a string that it becomes part of loses the marks on the way out. `tonumber` makes it a double to
/// compute or compare with; `tostring` and `type` see it as the number that it is. The marks are of digits,
/// which `@uri` and `ascii_upcase` leave alone, and made at each start, so that no value can have them by chance or design.
enum NumberTags {
    static let mark = String(UInt64.random(in: UInt64.max / 2...UInt64.max))
    private static let markBytes = Array(mark.utf8)
    private static let begin = "\(mark)0"
    static let end = "\(mark)1"

    /// Makes jq's own functions know of the marks.
    static let library = """
        def _type: type; def _tonumber: tonumber; def _tostring: tostring; \
        def _tagged: _type == "string" and startswith("\(begin)") and endswith("\(end)"); \
        def _bare: ltrimstr("\(begin)") | rtrimstr("\(end)"); \
        def type: if _tagged then "number" else _type end; \
        def tonumber: if _tagged then _bare | _tonumber else _tonumber end; \
        def tostring: if _tagged then _bare else _tostring end; \
        def numbers: select(type == "number"); def strings: select(type == "string");
        """

    static func tagged(_ number: JSONNumber) -> String {
        "\(begin)\(number.text)\(end)"
    }

    /// The number that a string is, or the string without any marks.
    static func untagged(_ text: String) -> JSONValue {
        guard hasMark(text) else { return .string(text) }
        let text = DeferredFunction.resolved(text)
        if text.hasPrefix(begin), text.hasSuffix(end),
            let number = JSONNumber(String(text.dropFirst(begin.count).dropLast(end.count)))
        {
            return .number(number)
        }
        return .string(stripped(text))
    }

    static func stripped(_ text: String) -> String {
        guard hasMark(text) else { return text }
        return DeferredFunction.resolved(text).replacing(begin, with: "").replacing(end, with: "")
    }

    /// Every string passes here, so it is bytes that are searched.
    private static func hasMark(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var start = 0
            while bytes.count - start >= markBytes.count, let base = bytes.baseAddress,
                let found = memchr(base + start, Int32(markBytes[0]), bytes.count - start)
            {
                start = UnsafeRawPointer(base).distance(to: found)
                if bytes.count - start >= markBytes.count, memcmp(found, markBytes, markBytes.count) == 0 {
                    return true
                }
                start += 1
            }
            return false
        }
    }

    /// How a double is written: whole numbers without a fraction, as far as doubles are exact.
    static func text(of value: Double) -> String {
        value == value.rounded() && abs(value) < 9_007_199_254_740_992 && !(value == 0 && value.sign == .minus)
            ? String(Int64(value)) : value.description
    }

    /// The number that a double is; `nil` for what is none.
    static func number(_ value: Double) -> JSONNumber? {
        guard value.isFinite else { return nil }
        return JSONNumber(text(of: value))
    }
}
