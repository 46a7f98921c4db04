/// One response of a server, taken apart.
struct IMAPResponse: Equatable {
    /// `*`, `+`, or the tag of the command that it ends.
    let tag: String
    /// The first word after it, in capital letters.
    let word: String
    /// Everything after the tag, for a person.
    let text: String
    let values: [IMAPValue]

    init(parsing bytes: [UInt8]) throws(CurlError) {
        var parser = IMAPParser(bytes)
        let values = try parser.values()
        tag = values.first?.atom ?? ""
        word = values.dropFirst().first?.atom?.uppercased() ?? ""
        self.values = values
        let rest = bytes.drop { $0 != UInt8(ascii: " ") }.dropFirst().prefix(300)
        text = String(decoding: rest, as: UTF8.self)
    }

    /// The number in a response code such as `OK [UIDNEXT 5]`.
    func code(_ name: String) -> UInt32? {
        guard tag == "*", word == "OK", let code = values.dropFirst(2).first?.atom?.uppercased(),
            code.hasPrefix("[\(name) ")
        else { return nil }
        return UInt32(code.dropFirst(name.utf8.count + 2).prefix { $0.isNumber })
    }

    /// The number in a response such as `* 5 EXISTS`.
    func count(of name: String) -> Int? {
        guard tag == "*", values.count == 3, values[2].atom?.uppercased() == name else { return nil }
        return Int(word)
    }

    var searchResult: [UInt32] {
        tag == "*" && word == "SEARCH" ? values.dropFirst(2).compactMap { $0.atom.flatMap { UInt32($0) } } : []
    }

    /// The message in a response such as `* 5 FETCH (UID 9 …)`.
    var message: IMAPMessage? {
        guard tag == "*", values.count >= 4, values[2].atom?.uppercased() == "FETCH", case .list(let items) = values[3]
        else { return nil }
        var fields: [String: IMAPValue] = [:]
        for index in stride(from: 0, to: items.count - 1, by: 2) {
            guard let name = items[index].atom?.uppercased() else { return nil }
            fields[name.hasPrefix("BODY[") ? "BODY" : name] = items[index + 1]
        }
        guard let uid = fields["UID"]?.atom.flatMap({ UInt32($0) }), let header = fields["BODY"] else { return nil }
        let date = fields["INTERNALDATE"]?.bytes.map { String(decoding: $0, as: UTF8.self) }
        return IMAPMessage(uid: uid, receivedAt: date, header: IMAPMessage.wholeLines(of: header.bytes ?? []))
    }
}

extension IMAPMessage {
    /// How many bytes of a header are asked for.
    static let headerLimit = 64 << 10

    /// The header without the line that the limit has cut, which may end in half an address.
    static func wholeLines(of header: [UInt8]) -> [UInt8] {
        guard header.count >= headerLimit else { return header }
        return header.lastIndex(of: 10).map { Array(header[...$0]) } ?? []
    }
}
