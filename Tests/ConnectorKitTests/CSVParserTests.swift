import ConnectorKit
import Testing

@Suite("CSV")
struct CSVParserTests {
    /// All records, whatever the pieces the bytes arrive in.
    private func records(
        _ text: String,
        delimiter: Character = ",",
        piece: Int = .max,
        limit: Int = 1 << 20
    ) -> [[String]] {
        var parser = CSVParser(delimiter: delimiter.asciiValue ?? 0, limit: limit)
        var records: [[String]] = []
        func drain() {
            while let record = parser.next() { records.append(record.fault.map { ["!", $0] } ?? record.texts) }
        }
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: min(piece, max(bytes.count, 1))) {
            parser.add(bytes[start..<min(start + min(piece, bytes.count), bytes.count)])
            drain()
        }
        parser.finish()
        drain()
        return records
    }

    @Test(
        "reads what RFC 4180 allows",
        arguments: [
            ("a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
            ("a,b\n1,2", [["a", "b"], ["1", "2"]]),
            ("\u{FEFF}a,b\n", [["a", "b"]]),
            ("a,\"b\r\nc\",d\r\n", [["a", "b\r\nc", "d"]]),
            ("\"say \"\"hi\"\"\",x\n", [["say \"hi\"", "x"]]),
            ("\"\",\"\"\n", [["", ""]]),
            ("a,\n,b\n,\n", [["a", ""], ["", "b"], ["", ""]]),
            ("a\n\n\r\nb\n", [["a"], ["b"]]),
            ("2.10,007,1e5\n", [["2.10", "007", "1e5"]]),
            ("a b , c\n", [["a b ", " c"]]),
            ("김서연,Zoë\n", [["김서연", "Zoë"]]),
            ("x\ry,z\n", [["x\ry", "z"]]),
            ("a\"b,c\n", [["a\"b", "c"]]),
            ("a,\"b\"\r", [["!", "There is text after the closing quote of field 2."]]),
            ("", []),
        ]
    )
    func reads(text: String, expected: [[String]]) {
        for piece in [1, 2, 3, 5, 1000] {
            #expect(records(text, piece: piece) == expected, "in pieces of \(piece)")
        }
    }

    @Test("goes on with the next line after a broken record")
    func recovers() {
        let text = "a,b\n\"x\"y,2\n3,4\n"
        #expect(
            records(text) == [["a", "b"], ["!", "There is text after the closing quote of field 1."], ["3", "4"]]
        )
    }

    @Test("loses one line, not the file, to a quote that is never closed")
    func survivesOpenQuote() {
        let lines = (1...50).map { "\($0),\($0)\n" }.joined()
        let found = records("a,b\n\"x,2\n" + lines, piece: 64, limit: 100)
        #expect(found.count == 52)
        #expect(found[1] == ["!", "A quoted field is not closed."])
        #expect(found.last == ["50", "50"])
        #expect(records("a\n\"x") == [["a"], ["!", "A quoted field is not closed."]])
    }

    @Test("uses another delimiter")
    func usesDelimiter() {
        #expect(records("a;b,c\n", delimiter: ";") == [["a", "b,c"]])
        #expect(records("a\tb\n", delimiter: "\t") == [["a", "b"]])
    }

    @Test("knows at each record how far it has read, and goes on from there")
    func resumes() {
        let text = Array("\u{FEFF}id,name\r\n1,\"a\nb\"\r\n2,c\r\n".utf8)
        var parser = CSVParser()
        parser.add(text)
        parser.finish()
        var offsets: [Int64] = []
        while parser.next() != nil { offsets.append(parser.offset) }
        #expect(offsets == [12, 21, 26])
        var resumed = CSVParser(offset: 12)
        resumed.add(text[12...])
        resumed.finish()
        #expect(resumed.next()?.texts == ["1", "a\nb"])
        #expect(resumed.offset == 21)
    }
}
