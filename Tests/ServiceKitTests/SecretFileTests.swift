import Foundation
import Testing

@testable import ServiceKit

@Suite("A secret in a file")
struct SecretFileTests {
    private func secret(_ text: String) throws -> String? {
        let name = "KITH_TEST_\(UUID().uuidString)"
        let file = FileManager.default.temporaryDirectory.appending(path: name).path
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        defer { unlink(file) }
        // A process's own variables cannot be changed safely while other tests run.
        return try Environment.secret(name) { $0 == "\(name)_FILE" ? file : nil }
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
        let secret = try Environment.secret("KITH_TEST") { $0 == "KITH_TEST" ? "abc\r\n" : nil }
        #expect(secret == "abc")
    }

    @Test("is missing from an empty one", arguments: ["", "\n", "\r\n\n"])
    func empty(file: String) { #expect(throws: SecretFileError.self) { try secret(file) } }
}
