/// A piece of a response.
indirect enum IMAPValue: Equatable {
    case atom(String)
    /// A quoted string or a literal.
    case text([UInt8])
    case list([IMAPValue])

    var atom: String? {
        if case .atom(let text) = self { text } else { nil }
    }

    var bytes: [UInt8]? {
        if case .text(let bytes) = self { bytes } else { nil }
    }
}

/// Reads the values of a response: atoms, quoted strings, literals and lists.
struct IMAPParser {
    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func values() throws(CurlError) -> [IMAPValue] {
        var values: [IMAPValue] = []
        while index < bytes.count {
            // Free text after a status may have unbalanced parentheses.
            if bytes[index] == UInt8(ascii: " ") || bytes[index] == UInt8(ascii: ")") {
                index += 1
            } else {
                values.append(try value(depth: 0))
            }
        }
        return values
    }

    private mutating func value(depth: Int) throws(CurlError) -> IMAPValue {
        switch bytes[index] {
        case UInt8(ascii: "("): return .list(try list(depth: depth + 1))
        case UInt8(ascii: "\""): return .text(quoted())
        case UInt8(ascii: "{"): return literal() ?? .atom(atom())
        default: return .atom(atom())
        }
    }

    private mutating func list(depth: Int) throws(CurlError) -> [IMAPValue] {
        guard depth < 32 else { throw .refused("an answer is nested too deeply.") }
        index += 1
        var values: [IMAPValue] = []
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: ")"):
                index += 1
                return values
            case UInt8(ascii: " "): index += 1
            default: values.append(try value(depth: depth))
            }
        }
        return values
    }

    private mutating func quoted() -> [UInt8] {
        index += 1
        var text: [UInt8] = []
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            if bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count { index += 1 }
            text.append(bytes[index])
            index += 1
        }
        index += 1
        return text
    }

    private mutating func literal() -> IMAPValue? {
        guard let close = bytes[index...].firstIndex(of: UInt8(ascii: "}")),
            let length = Int(String(decoding: bytes[(index + 1)..<close], as: UTF8.self)), length >= 0,
            length <= bytes.count - (close + 3)
        else { return nil }
        defer { index = close + 3 + length }
        return .text(Array(bytes[(close + 3)..<(close + 3 + length)]))
    }

    /// A word; what stands in square brackets belongs to it, spaces included.
    private mutating func atom() -> String {
        let start = index
        var brackets = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "[") { brackets += 1 }
            if byte == UInt8(ascii: "]") { brackets -= 1 }
            let endsWord = byte == UInt8(ascii: " ") || byte == UInt8(ascii: "(") || byte == UInt8(ascii: ")")
            if endsWord, brackets <= 0, index > start { break }
            index += 1
        }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }
}
