import Foundation
import ServiceKit
import Testing

@Suite("A secret in a file")
struct SecretFileTests {
    private func secret(_ text: String) throws -> String? {
        let name = "KITH_TEST_\(UUID().uuidString.replacing("-", with: "_"))"
        let file = FileManager.default.temporaryDirectory.appending(path: name).path
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        setenv("\(name)_FILE", file, 1)
        defer {
            unsetenv("\(name)_FILE")
            unlink(file)
        }
        return try Environment.secret(name)
    }

    @Test(
        "is the file's text without line breaks at its end",
        arguments: [
            ("abc", "abc"), ("abc\n", "abc"), ("abc\r\n\n", "abc"),
            ("-----BEGIN\nx\n-----END\n", "-----BEGIN\nx\n-----END"),
        ]
    )
    func text(file: String, value: String) throws { #expect(try secret(file) == value) }

    @Test("is the variable's own text where it is set, also without line breaks at its end")
    func variable() throws {
        let name = "KITH_TEST_\(UUID().uuidString.replacing("-", with: "_"))"
        setenv(name, "abc\r\n", 1)
        defer { unsetenv(name) }
        #expect(try Environment.secret(name) == "abc")
    }

    @Test("is missing from an empty one", arguments: ["", "\n", "\r\n\n"])
    func empty(file: String) { #expect(throws: SecretFileError.self) { try secret(file) } }
}
