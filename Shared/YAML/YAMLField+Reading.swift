import Events

extension YAMLField {
    /// A text that is not empty.
    public func text() throws(YAMLError) -> String {
        guard let scalar, !scalar.isEmpty else { throw error("\(title) must be a text.") }
        return scalar
    }

    /// True or false.
    public func flag() throws(YAMLError) -> Bool {
        guard case .bool(let flag) = json else { throw error("\(title) must be true or false.") }
        return flag
    }

    /// A whole number in the range.
    public func integer(in range: ClosedRange<Int>) throws(YAMLError) -> Int {
        guard case .number(let number) = json, let value = number.int64, let integer = Int(exactly: value),
            range.contains(integer)
        else {
            throw error("\(title) must be a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return integer
    }

    /// One of the choices.
    public func choice<Choice: RawRepresentable<String> & CaseIterable>(
        of type: Choice.Type
    ) throws(YAMLError) -> Choice {
        let text = try text()
        guard let choice = Choice(rawValue: text) else {
            throw error("\(title) cannot be “\(text)”", for: text, known: type.allCases.map(\.rawValue))
        }
        return choice
    }

    /// A list of texts, none of them empty.
    public func texts() throws(YAMLError) -> [String] {
        guard let elements else { throw error("\(title) must be a list of texts.") }
        var texts: [String] = []
        for element in elements {
            guard let text = element.scalar, !text.isEmpty else {
                throw element.error("\(title) must be a list of texts.")
            }
            texts.append(text)
        }
        return texts
    }

    /// The fields of a mapping, by name; one that is not known is refused together with those that are.
    public func fields(known: [String]) throws(YAMLError) -> [String: YAMLField] {
        guard let members else { throw error("\(title) must be a mapping with \(Spelling.list(known)).") }
        var fields: [String: YAMLField] = [:]
        for member in members {
            guard known.contains(member.name) else {
                throw member.nameError("\(title) has the unknown field “\(member.name)”", known: known)
            }
            // The parser has refused it, unless the two differ in what they would be as values, as `on` and `"on"` do.
            guard fields.updateValue(member, forKey: member.name) == nil else {
                throw member.nameError("“\(member.name)” is there twice.")
            }
        }
        return fields
    }
}
