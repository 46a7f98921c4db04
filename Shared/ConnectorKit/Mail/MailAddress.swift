/// One person in a header field: a name, perhaps, and an address.
public struct MailAddress: Sendable, Hashable {
    /// The name as a person reads it.
    public var name: String?
    /// The address, such as `ada@example.com`.
    public var address: String

    /// An address of its parts.
    public init(name: String? = nil, address: String) {
        self.name = name
        self.address = address
    }

    /// The addresses in a field such as `To`, by RFC 5322: groups are opened, comments dropped, what is none is passed over.
    ///
    /// A comment after an address without a name is taken for the name, as old programs write it.
    public static func list(_ text: String) -> [MailAddress] {
        var parser = AddressParser(tokens: AddressLexer.tokens(of: text))
        return parser.list()
    }
}

/// What an address list is made of.
private enum AddressToken: Equatable {
    case word(String)
    /// A quoted string's content, for a name, and the string as it stands, for an address.
    case quoted(String, source: String)
    case comment(String)
    case mark(Character)
}

/// Cuts a field into tokens.
private struct AddressLexer {
    private var rest: Substring
    private var tokens: [AddressToken] = []

    static func tokens(of text: String) -> [AddressToken] {
        var lexer = AddressLexer(rest: text[...])
        while let character = lexer.rest.first { lexer.take(character) }
        return lexer.tokens
    }

    private init(rest: Substring) {
        self.rest = rest
    }

    private mutating func take(_ character: Character) {
        switch character {
        case "\"": takeQuoted()
        case "(": takeComment()
        case "[": takeLiteral()
        case "<", ">", ",", ";", ":", "@":
            rest.removeFirst()
            tokens.append(.mark(character))
        default: takeWord()
        }
    }

    private mutating func takeWord() {
        let word = rest.prefix { !"\"([<>,;:@".contains($0) && !$0.isWhitespace }
        if word.isEmpty {
            rest.removeFirst()
        } else {
            tokens.append(.word(String(word)))
            rest = rest[word.endIndex...]
        }
    }

    private mutating func takeQuoted() {
        let start = rest.startIndex
        rest.removeFirst()
        var content = ""
        while let character = rest.popFirst(), character != "\"" {
            content.append(character == "\\" ? rest.popFirst() ?? "\\" : character)
        }
        tokens.append(.quoted(content, source: String(rest.base[start..<rest.startIndex])))
    }

    /// Comments nest.
    private mutating func takeComment() {
        var depth = 0
        var content = ""
        repeat {
            guard let character = rest.popFirst() else { break }
            switch character {
            case "(": depth += 1
            case ")": depth -= 1
            case "\\": if let next = rest.popFirst() { content.append(next) }
            default: content.append(character)
            }
        } while depth > 0
        tokens.append(.comment(content.withoutSpaceAround))
    }

    /// A domain in square brackets.
    private mutating func takeLiteral() {
        let end = rest.firstIndex(of: "]").map { rest.index(after: $0) } ?? rest.endIndex
        tokens.append(.word(String(rest[..<end])))
        rest = rest[end...]
    }
}

/// Puts tokens together to addresses.
private struct AddressParser {
    private var tokens: ArraySlice<AddressToken>

    init(tokens: [AddressToken]) {
        self.tokens = tokens[...]
    }

    mutating func list() -> [MailAddress] {
        var addresses: [MailAddress] = []
        while !tokens.isEmpty {
            let part = takePart()
            if let address = address(part) { addresses.append(address) }
        }
        return addresses
    }

    /// Everything up to the next separator; a group's name ends with a colon and is dropped.
    private mutating func takePart() -> [AddressToken] {
        var part: [AddressToken] = []
        var isInside = false
        while let token = tokens.popFirst() {
            switch token {
            case .mark("<"): isInside = true
            case .mark(">"): isInside = false
            // Inside the brackets these belong to a route.
            case .mark(","), .mark(":"), .mark(";"):
                guard isInside else { return token == .mark(":") ? [] : part }
            default: break
            }
            part.append(token)
        }
        return part
    }

    private func address(_ part: [AddressToken]) -> MailAddress? {
        guard let open = part.lastIndex(of: .mark("<")) else {
            return Self.specification(part).map { MailAddress(name: comment(in: part), address: $0) }
        }
        let inside = part[(open + 1)...].prefix { $0 != .mark(">") }
        // A route, `@one,@two:`, comes before the address.
        let route = inside.lastIndex(of: .mark(":")).map { $0 + 1 } ?? inside.startIndex
        guard let address = Self.specification(Array(inside[route...])) else { return nil }
        return MailAddress(name: name(part[..<open]) ?? comment(in: part), address: address)
    }

    /// `local@domain`; white space around the dots is allowed and dropped.
    private static func specification(_ tokens: [AddressToken]) -> String? {
        let parts = tokens.filter { if case .comment = $0 { false } else { true } }
        guard let at = parts.lastIndex(of: .mark("@")) else { return nil }
        let local = parts[..<at].map(text).joined()
        let domain = parts[(at + 1)...].map(text).joined()
        guard !local.isEmpty, !domain.isEmpty, !domain.contains("@"), !isBroken(local + domain) else { return nil }
        return "\(local)@\(domain)"
    }

    private static func isBroken(_ text: String) -> Bool {
        text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
    }

    private static func text(_ token: AddressToken) -> String {
        switch token {
        case .word(let word): word
        case .quoted(let content, let source): isAtom(content) ? content : source
        case .mark(let mark): String(mark)
        case .comment: ""
        }
    }

    /// Whether quotes around it mean nothing: `"ada"@example.com` is `ada@example.com`.
    private static func isAtom(_ text: String) -> Bool {
        !text.isEmpty && text.allSatisfy { $0.isLetter || $0.isNumber || "!#$%&'*+-/=?^_`{|}~.".contains($0) }
            && text.first != "." && text.last != "." && !text.contains("..")
    }

    private func name(_ tokens: ArraySlice<AddressToken>) -> String? {
        let words = tokens.compactMap { token -> String? in
            switch token {
            case .word(let word): word
            case .quoted(let content, _): content
            case .mark(let mark): String(mark)
            case .comment: nil
            }
        }
        let name = EncodedWord.decode(words.joined(separator: " ")).withoutSpaceAround
        return name.isEmpty ? nil : name
    }

    private func comment(in tokens: [AddressToken]) -> String? {
        for case .comment(let text) in tokens.reversed() where !text.isEmpty { return EncodedWord.decode(text) }
        return nil
    }
}
