import Events
import Testing

@testable import JQ

@Suite("Functions that jq does not have")
struct DeferredFunctionTests {
    private func output(_ source: String, of input: JSONValue = .null) throws -> JSONValue? {
        try Program(source).run(input).first
    }

    /// Of `sha256sum` and `md5sum`.
    static let digests: [(text: String, sha256: String, md5: String)] = [
        (
            "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "d41d8cd98f00b204e9800998ecf8427e"
        ),
        (
            "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "900150983cd24fb0d6963f7d28e17f72"
        ),
        (
            "jane@shop.example", "8911f29841d783b75058ae550fa169b290686b5e0c51aab805c85b885a963700",
            "a87f468e42a2ef091a291d28023393d4"
        ),
        (
            "łódź 😀", "543864fdeacc2ffe3822d382dcce75e1d1e22c754ac2a1312f01b998c34808da",
            "eff857e6df482287714b6de10053977f"
        ),
    ]

    @Test("hash what they are given", arguments: digests)
    func hashes(text: String, sha256: String, md5: String) throws {
        #expect(try output("sha256", of: .string(text)) == .string(sha256))
        #expect(try output("md5", of: .string(text)) == .string(md5))
    }

    private let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    @Test("stand in texts, in objects and their names, and behind what encodes them", arguments: places)
    func stands(source: String, before: String, after: String) throws {
        #expect(try output(source, of: "abc")?.text == before + abc + after)
    }

    static let places: [(String, String, String)] = [
        (#""a-\(sha256)-b""#, #""a-"#, #"-b""#), (#""a" + sha256"#, #""a"#, #"""#),
        ("{a: [sha256]}", #"{"a":[""#, #""]}"#), ("{(sha256): 1}", #"{""#, #"":1}"#),
        (#"@uri "x/\(sha256)""#, #""x/"#, #"""#), ("sha256 | ascii_downcase", #"""#, #"""#),
        ("sha256 | ascii_upcase", #"""#, #"""#), ("[sha256] | tojson", #""[\""#, #"\"]""#),
        ("sha256 | tostring", #"""#, #"""#),
    ]

    @Test("know several in one text, and one of another's result")
    func nests() throws {
        let empty = "d41d8cd98f00b204e9800998ecf8427e"
        #expect(try output(#""\(md5)\(md5) \("" | md5)""#, of: "")?.plainText == "\(empty)\(empty) \(empty)")
        let twice = try output("md5 | md5", of: "abc")
        #expect(try twice == output("md5", of: "900150983cd24fb0d6963f7d28e17f72"))
        #expect(try output("lowercase | sha256", of: "ABC")?.plainText == abc)
    }

    @Test("hash a number as it is written")
    func hashesNumbers() throws {
        for number in ["12", "820982911946154508", "2.10"] {
            let value = try JSONValue(parsing: Array(number.utf8))
            #expect(try output("sha256", of: value) == output("sha256", of: .string(number)))
            #expect(try output(#""+\(.)" | sha256"#, of: value) == output("sha256", of: .string("+\(number)")))
        }
    }

    @Test("are equal for equal inputs, and null for null")
    func compares() throws {
        #expect(try output(#"(.a | sha256) == (.b | sha256)"#, of: ["a": "x", "b": "x"]) == true)
        #expect(try output(#"(.a | sha256) == (.b | sha256)"#, of: ["a": "x", "b": "y"]) == false)
        #expect(try output(".a | sha256", of: [:]) == .null)
    }

    @Test("lower what is no ASCII as well")
    func lowers() throws {
        #expect(try output("lowercase", of: "ÄRA Łódź") == "ära łódź")
        #expect(try output(#""\(lowercase)!""#, of: "ÉVA") == "éva!")
    }

    @Test("show nothing of what was cut")
    func hidesWhatWasCut() throws {
        let cut = try output(".[0] | sha256 | .[0:40]", of: ["secret@example.com"])?.plainText ?? "missing"
        #expect(cut == "")
    }
}
