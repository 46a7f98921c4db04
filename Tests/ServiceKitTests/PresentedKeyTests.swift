import HTTPTypes
import ServiceKit
import Testing
import Topics

@Suite("Keys in requests")
struct PresentedKeyTests {
    @Test(
        "finds the key in each place that clients put it",
        arguments: [
            ("Authorization", "Bearer abc"),
            ("Authorization", "bearer  abc"),
            ("Authorization", "Basic YWJjOg=="),
            ("Authorization", "Basic YWJjOnNlY3JldA"),
            ("X-Write-Key", "abc"),
            ("X-Api-Key", "abc"),
        ]
    )
    func places(name: String, value: String) throws {
        var headers = HTTPFields()
        headers[try #require(HTTPField.Name(name))] = value
        #expect(PresentedKey.find(in: headers) == "abc")
    }

    @Test(
        "finds nothing in what is empty or broken",
        arguments: ["", "Basic", "Basic !!!", "Digest abc", "Basic Og=="]
    )
    func nothing(value: String) {
        #expect(PresentedKey.find(in: [.authorization: value]) == nil)
    }

    @Test("finds what stands beside an authorization for somebody else")
    func beside() throws {
        var headers: HTTPFields = [.authorization: "Bearer proxy"]
        #expect(PresentedKey.besideAuthorization(in: headers) == [])
        headers[try #require(HTTPField.Name("X-Api-Key"))] = "abc"
        headers[try #require(HTTPField.Name("X-Write-Key"))] = "def"
        #expect(PresentedKey.find(in: headers) == "proxy")
        #expect(PresentedKey.besideAuthorization(in: headers) == ["def", "abc"])
    }

    @Test("makes secrets that differ, tell their scope, and hash as SHA-256 does")
    func secrets() {
        #expect(Secret.generate(.write).hasPrefix("kw_"))
        #expect(Secret.generate(.admin).utf8.count == 35)
        #expect(Secret.generate(.read) != Secret.generate(.read))
        #expect(Secret.hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }
}
