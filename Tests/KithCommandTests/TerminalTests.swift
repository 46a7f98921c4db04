import Events
import Testing

@testable import KithCommand

@Suite("Text in a terminal")
struct TerminalTests {
    @Test(
        "has the width that a terminal gives it",
        arguments: [("ada", 3), ("김서연", 6), ("健 佐藤", 7), ("e\u{301}", 1), ("👩‍👩‍👧", 2), ("ﾊﾝｶｸ", 4), ("Ａ", 2), ("", 0)]
    )
    func width(text: String, columns: Int) {
        #expect(Width.of(text) == columns)
    }

    @Test(
        "is cut at a column, not at a character",
        arguments: [("김서연", 5, "김서…"), ("ada", 3, "ada"), ("김서연", 4, "김…"), ("ab", 1, "…")]
    )
    func cut(text: String, columns: Int, expected: String) {
        #expect(Width.cut(text, to: columns) == expected)
    }

    @Test("lines up in a table, whatever the script")
    func table() {
        let table = Table(columns: ["name", "city"], rows: [["김서연", "Seoul"], ["Ada", "Graz"]])
        #expect(table.render(on: .output) == "name    city\n김서연  Seoul\nAda     Graz")
    }

    @Test("has nothing behind the last cell of a row")
    func shortRows() {
        let table = Table(columns: ["a", "", ""], rows: [["x", "", ""], ["long", "b", ""]])
        #expect(table.render(on: .output) == "a\nx\nlong  b")
    }

    @Test(
        "cannot move the cursor, change colours or turn the direction",
        arguments: ["\u{1B}[2J", "a\rb", "\u{9B}31m", "\u{202E}abc", "\u{7}"]
    )
    func harmless(text: String) {
        let clean = Printable.clean(text)
        #expect(
            !clean.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) || $0.value == 0x202E }
        )
    }

    @Test("shows how far something is")
    func bar() {
        let text = ProgressBar.text(title: "Import", done: 50, total: 200, note: "7 events", columns: 80)
        #expect(text.contains("██████████░"))
        #expect(text.hasSuffix(" 25 %  50/200  7 events"))
        #expect(Width.of(text) <= 80)
        #expect(ProgressBar.text(title: "x", done: 0, total: 0, note: "", columns: 80).contains("0 %"))
    }

    @Test(
        "names bytes and counts readably",
        arguments: [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (123_456_789, "123 MB"), (2_000_000_000, "2.0 GB")]
    )
    func bytes(count: Int64, text: String) {
        #expect(Shown.bytes(count) == text)
    }

    @Test(
        "names a length of time by a unit that it has two of",
        arguments: [(0, "0s"), (119, "119s"), (120, "2m"), (7199, "119m"), (7200, "2h"), (400_000, "4d")]
    )
    func periods(seconds: Int64, text: String) {
        #expect(Shown.period(seconds) == text)
    }

    @Test("sets thousands apart", arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")])
    func counts(number: Int64, text: String) {
        #expect(Shown.count(number) == text)
    }
}
