import Events
import Testing

@testable import JQ

@Suite("A jq program")
struct ProgramTests {
    private func outputs(_ source: String, of input: String = "null") throws -> [String] {
        try Program(source).run(JSONValue(parsing: Array(input.utf8))).map(\.text)
    }

    @Test("gives as many values as it likes", arguments: counts)
    func givesValues(source: String, input: String, expected: [String]) throws {
        #expect(try outputs(source, of: input) == expected)
    }

    @Test("knows the variables that it is given, and null for those that it is not")
    func knowsVariables() throws {
        let program = try Program("[$since, $page]", variables: ["since", "page"])
        #expect(try program.run(.null, variables: ["since": 5]) == [[5, .null]])
        #expect(try program.run(.null, variables: ["page": "p", "other": true]) == [[.null, "p"]])
    }

    @Test("does not compile with a variable that nobody has declared")
    func refusesUnknownVariable() {
        #expect(throws: ProgramError.self) { try Program("$since") }
    }

    @Test("knows its whole input as $record wherever it is")
    func knowsRecord() throws {
        #expect(try outputs(".a | . + $record.b", of: #"{"a":1,"b":2}"#) == ["3"])
    }

    @Test("may use the definitions of its library, which may use the variables and the record")
    func knowsLibrary() throws {
        let program = try Program(
            ".a | both(.)",
            library: "def both(value): [value, $page, $record.b];",
            variables: ["page"]
        )
        #expect(try program.run(["a": 1, "b": 2], variables: ["page": "p"]) == [[1, "p", 2]])
    }

    @Test("does not compile with a fault, and the error names its source", arguments: faults)
    func namesSource(source: String) {
        let error = #expect(throws: ProgramError.self) { try Program(source) }
        #expect(error?.problem.contains("“\(source)”") == true)
        #expect(error?.problem.contains("top-level") == false)
    }

    @Test("gives the message of its own error", arguments: errors)
    func givesMessage(source: String, message: String) throws {
        let program = try Program(source)
        #expect(throws: ProgramError(problem: message)) { try program.run(1) }
    }

    @Test("says what was wrong with a value")
    func saysWhatIsWrong() throws {
        let program = try Program(".name")
        let error = #expect(throws: ProgramError.self) { try program.run(1) }
        #expect(error?.problem.contains("Cannot index number") == true)
    }

    @Test("does not show a text that it could not read, which may be a secret", arguments: ["fromjson", "tonumber"])
    func showsNoText(reading: String) throws {
        let error = #expect(throws: ProgramError.self) { try Program(reading).run("{key: hunter2") }
        #expect(error?.problem.contains("literal") == true)
        #expect(error?.problem.contains("hunter2") == false)
    }

    @Test("works on the next value after an error, a halt and too many values", arguments: interruptions)
    func recovers(interruption: String) throws {
        let program = try Program("if . == 1 then \(interruption) else . end")
        for _ in 0..<3 {
            #expect(throws: ProgramError.self) { try program.run(1, limit: 10) }
            #expect(try program.run(2, limit: 10) == [2])
        }
    }

    @Test("gives no more values than the limit")
    func keepsLimit() throws {
        let error = #expect(throws: ProgramError.self) { try Program("range(20)").run(.null, limit: 10) }
        #expect(error?.problem.contains("10") == true)
        #expect(try Program("range(10)").run(.null, limit: 10).count == 10)
    }

    @Test("may end with a comment")
    func endsWithComment() throws {
        #expect(try outputs(".a # what it is", of: #"{"a":1}"#) == ["1"])
        #expect(try outputs(".a # what\n| . + 1 # it is", of: #"{"a":1}"#) == ["2"])
    }

    @Test("may not halt")
    func mayNotHalt() throws {
        let program = try Program("1, halt, 2")
        #expect(throws: ProgramError.self) { try program.run(.null) }
    }

    @Test("keeps texts of any script, and empty ones")
    func keepsTexts() throws {
        let input = #"{"":"","a":"Zoë 🦊","b":"\"\\\n"}"#
        #expect(try outputs(".", of: input) == [JSONValue(parsing: Array(input.utf8)).text])
    }

    @Test("may be run from many tasks at once")
    func runsConcurrently() async throws {
        let program = try Program(". as $number | reduce range(100) as $turn (0; . + $number)")
        let results = try await withThrowingTaskGroup(of: [JSONValue].self, returning: Set<String>.self) { group in
            for number in 0..<64 { group.addTask { try program.run(.number(JSONNumber(number))) } }
            var results: Set<String> = []
            for try await values in group { results.formUnion(values.map(\.text)) }
            return results
        }
        #expect(results == Set((0..<64).map { String($0 * 100) }))
    }
}

private let counts: [(String, String, [String])] = [
    ("empty", "1", []),
    (".", #"{"a":1}"#, [#"{"a":1}"#]),
    (".none", "{}", ["null"]),
    (".[]", "[1,2]", ["1", "2"]),
    (".[]", "[]", []),
    (".a, .b", #"{"a":true,"b":[null]}"#, ["true", "[null]"]),
]

private let faults = [".a | {", "nonsense(1)", ")", ".a .. b"]

private let errors = [
    (#"error("x")"#, "x"),
    (#"1, error("later")"#, "later"),
    (#"error({code: 7})"#, #"{"code":7}"#),
]

private let interruptions = [#"error("x")"#, "halt", "range(20)", ".name", "1, halt"]
