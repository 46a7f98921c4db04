import Events

/// The fields of one JSON object, read one by one with errors that name them.
struct ConditionFields {
    let path: String
    private let json: JSONView
    /// In the order of the text.
    let keys: [String]

    /// Bounds on what one condition may carry.
    private static let textLimit = 1000
    private static let choiceLimit = 1000

    init(_ json: JSONView, path: String) {
        self.json = json
        self.path = path
        keys = json.members.map(\.key)
    }

    func path(to key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    func error(_ reason: ConditionError.Reason) -> ConditionError { ConditionError(path: path, reason: reason) }

    func invalid(_ key: String, _ expected: String) -> ConditionError {
        error(.invalid(field: key, expected: expected))
    }

    // MARK: - Which fields there are

    func subject(among known: [String]) throws(ConditionError) -> String {
        let found = keys.filter(known.contains)
        guard let subject = found.first else { throw error(.noSubject(known: known)) }
        guard found.count == 1 else { throw error(.severalSubjects(found)) }
        return subject
    }

    func allow(_ known: [String]) throws(ConditionError) {
        for key in keys where !known.contains(key) { throw error(.unknownField(key, known: known)) }
    }

    /// The fields beside the subject, of which there must be one.
    func tests(of subject: String, known: [String]) throws(ConditionError) -> [String] {
        try allow([subject] + known)
        let tests = keys.filter { $0 != subject }
        guard !tests.isEmpty else { throw error(.noTest(known: known)) }
        return tests
    }

    // MARK: - What is in them

    func value(_ key: String) throws(ConditionError) -> JSONView {
        guard let value = json[key] else { throw invalid(key, "a value") }
        return value
    }

    func array(_ key: String, of what: String) throws(ConditionError) -> JSONView {
        guard let value = json[key], value.kind == .array else { throw invalid(key, "a list of \(what)") }
        return value
    }

    func object(_ key: String) throws(ConditionError) -> JSONView {
        guard let value = json[key], value.kind == .object else { throw invalid(key, "an object") }
        return value
    }

    func boolean(_ key: String) throws(ConditionError) -> Bool {
        guard let value = json[key]?.bool else { throw invalid(key, "true or false") }
        return value
    }

    func string(_ key: String) throws(ConditionError) -> String {
        guard let text = json[key]?.string, text.utf8.count <= Self.textLimit else {
            throw invalid(key, "text of at most \(Self.textLimit) bytes")
        }
        return text
    }

    func name(_ key: String) throws(ConditionError) -> String {
        let name = try string(key)
        guard !name.isEmpty else { throw invalid(key, "a name") }
        return name
    }

    func text() throws(ConditionError) -> String {
        try allow(["text"])
        let text = try string("text")
        guard !Condition.words(of: text).isEmpty else { throw invalid("text", "words to look for") }
        return text
    }

    func time(_ key: String) throws(ConditionError) -> Timestamp {
        guard let time = json[key]?.timestamp else {
            throw invalid(key, "a time such as “2026-01-31T09:30:00Z” or a date")
        }
        return time
    }

    func count(_ key: String) throws(ConditionError) -> Int? {
        guard keys.contains(key) else { return nil }
        guard let count = json[key]?.int64, count >= 0 else { throw invalid(key, "a whole number from 0") }
        return Int(clamping: count)
    }

    func bound(_ key: String) throws(ConditionError) -> TraitCondition.Bound {
        if let number = json[key]?.number { return .number(number) }
        guard let time = json[key]?.timestamp else { throw invalid(key, "a number or a time") }
        return .time(time)
    }

    /// What a trait may equal; null would never, so it is refused.
    func operand(_ key: String) throws(ConditionError) -> JSONValue {
        guard let value = json[key], value.raw.count <= Self.textLimit else {
            throw invalid(key, "a value other than null of at most \(Self.textLimit) bytes")
        }
        return value.value
    }

    func element(_ key: String) throws(ConditionError) -> JSONValue {
        guard let kind = json[key]?.kind, kind == .string || kind == .number || kind == .bool else {
            throw invalid(key, "text, a number or a boolean")
        }
        return try operand(key)
    }

    func choices(_ key: String) throws(ConditionError) -> [JSONValue] {
        let array = try array(key, of: "values")
        guard array.count <= Self.choiceLimit, !array.elements.contains(where: \.isNull) else {
            throw invalid(key, "at most \(Self.choiceLimit) values other than null")
        }
        return array.elements.map(\.value)
    }

    func duration(_ key: String) throws(ConditionError) -> Duration {
        guard let text = json[key]?.string, let duration = Duration(period: text) else {
            throw invalid(key, "a period such as “30d”, “12h”, “45m”, “90s” or “2w”")
        }
        return duration
    }
}

extension Duration {
    /// Reads a whole number and a unit, up to a thousand years.
    fileprivate init?(period: String) {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
        guard let unit = period.last.flatMap({ units[$0] }), period.utf8.allSatisfy({ $0 != UInt8(ascii: "+") }),
            let number = Int64(period.dropLast()), number > 0
        else { return nil }
        let (seconds, overflow) = number.multipliedReportingOverflow(by: unit)
        guard !overflow, seconds <= 1000 * 366 * 86_400 else { return nil }
        self = .seconds(seconds)
    }
}
