import Events
import Testing

@Suite("Base64")
struct Base64Tests {
    @Test(
        "is as RFC 4648 has it",
        arguments: zip(["", "f", "fo", "foo", "foob"], ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="])
    )
    func vectors(bytes: String, text: String) {
        #expect(Base64.encode(bytes.utf8) == text)
        #expect(Base64.decode(text) == Array(bytes.utf8))
        #expect(Base64.decode(text.filter { $0 != "=" }) == Array(bytes.utf8))
    }

    @Test("has another alphabet for addresses, which is read where either may stand")
    func alphabets() {
        let bytes: [UInt8] = [0xFB, 0xFF]
        #expect(Base64.encode(bytes) == "+/8=")
        #expect(Base64.encodeForURL(bytes) == "-_8")
        #expect(Base64.decode("-_8") == nil)
        for text in ["-_8", "-_8=", "+/8", "+_8="] { #expect(Base64.decode(either: text) == bytes) }
    }

    @Test("is refused where it is none", arguments: ["A", "AB===", "A=B=", "A B", "é"])
    func refuses(text: String) {
        #expect(Base64.decode(text) == nil)
    }
}
