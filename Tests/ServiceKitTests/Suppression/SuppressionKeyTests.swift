import Events
import Foundation
import ServiceKit
import Testing

@Suite("The key of suppression hashes")
struct SuppressionKeyTests {
    private static func directory() throws -> String {
        let url = FileManager.default.temporaryDirectory.appending(path: "kith-key-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url.path
    }

    @Test("the hash is of the namespace, a zero byte and the value")
    func hash() throws {
        let directory = try Self.directory()
        try String(repeating: "0b", count: 32).write(
            toFile: "\(directory)/suppression.key",
            atomically: true,
            encoding: .utf8
        )
        let key = try SuppressionKey.load(in: directory)
        // printf 'email\0ann@example.com' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0b0b…
        #expect(key.hash(of: Identifier("email", "ann@example.com")) == "1d03f6d4642a9b6bbb87ad9911e19388")
        #expect(
            key.hash(of: Identifier("emai", "lann@example.com")) != key.hash(of: Identifier("email", "ann@example.com"))
        )
    }

    @Test("is made once, whoever comes first, and for nobody else to read")
    func racing() async throws {
        let directory = try Self.directory()
        let someone = Identifier("user", "ann")
        let hashes = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<32 { group.addTask { try SuppressionKey.load(in: directory).hash(of: someone) } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(hashes.count == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["suppression.key"])
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(directory)/suppression.key")
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test("another key gives other hashes")
    func other() throws {
        let someone = Identifier("user", "ann")
        let one = try SuppressionKey.load(in: try Self.directory()).hash(of: someone)
        let other = try SuppressionKey.load(in: try Self.directory()).hash(of: someone)
        #expect(one != other)
        #expect(one.utf8.count == 32)
    }

    @Test("a damaged file is an error, and stays", arguments: ["", "0b", String(repeating: "0g", count: 32)])
    func damaged(text: String) throws {
        let directory = try Self.directory()
        let path = "\(directory)/suppression.key"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        #expect(throws: SuppressionKeyError.damaged(path)) { try SuppressionKey.load(in: directory) }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
    }
}
