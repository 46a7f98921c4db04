import YAML

extension YAMLField {
    /// A field that must be there.
    func required(_ name: String, in fields: [String: YAMLField]) throws(YAMLError) -> YAMLField {
        guard let field = fields[name] else { throw error("\(title) has no “\(name)”.") }
        return field
    }

    /// Refuses more than one of several ways to say something: only one of them could count.
    func checkIsOne(of ways: [String], _ fields: [String: YAMLField]) throws(YAMLError) {
        guard ways.count(where: { fields[$0] != nil }) < 2 else {
            throw error("\(title) can be only one of these: \(ways.joined(separator: ", ")).")
        }
    }

    /// The members of a mapping of things that have names.
    func named() throws(YAMLError) -> [YAMLField] {
        guard let members else { throw error("\(title) must be a mapping from names.") }
        for member in members {
            let isPlain = member.name.utf8.allSatisfy { byte in
                byte == UInt8(ascii: "_") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            }
            guard isPlain, !member.name.isEmpty else {
                throw member.nameError("“\(member.name)” is no name: only letters, digits and _ are.")
            }
        }
        return members
    }

    /// A time span, such as 500ms, 30s, 5m, 2h or 1d.
    func duration() throws(YAMLError) -> Duration {
        guard let duration = try Duration(span: text()) else {
            throw error("\(title) is not a time span such as 500ms, 30s, 5m or 2h, of a hundred years at most.")
        }
        return duration
    }
}
