import Events
import Testing

@Suite("Percent-encoded text")
struct PercentEncodingTests {
    @Test(
        "means its bytes, and a sign that encodes none is itself",
        arguments: [
            ("ada%40x.example", "ada@x.example"), ("%c3%A9", "é"), ("100%", "100%"), ("%4", "%4"), ("%zz%41", "%zzA"),
            ("%+F", "%+F"), ("", ""),
        ]
    )
    func meant(text: String, meant: String) {
        #expect(PercentEncoding.meant(by: Array(text.utf8)) == Array(meant.utf8))
    }

    @Test("has a plus for a space where a form does")
    func plus() {
        #expect(PercentEncoding.meant(by: Array("a+b%2Bc".utf8), plusIsSpace: true) == Array("a b+c".utf8))
    }
}
