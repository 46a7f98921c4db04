import Foundation
import Testing

@testable import ConnectorService

@Suite("A file to which lines are added")
struct AppendedFileTests {
    private let path = FileManager.default.temporaryDirectory.appending(path: "lines-\(UUID().uuidString)").path

    private func lines(after add: (AppendedFile) throws -> Void) throws -> [String] {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try add(AppendedFile(path: path))
        return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    @Test("has each line once, behind its first one")
    func addsOnce() throws {
        let lines = try lines { file in
            for line in ["1,a", "2,b", "1,a"] { try file.append(line, first: "id,x") }
        }
        #expect(lines == ["id,x", "1,a", "2,b"])
    }

    @Test("gets a line again that was cut, even if another one has come behind it")
    func addsCut() throws {
        try Data("id,x\n1,abc\n2,ab".utf8).write(to: URL(filePath: path))
        let lines = try lines { file in
            for line in ["3,abc", "2,abc", "1,abc", "2,abc"] { try file.append(line) }
        }
        #expect(lines == ["id,x", "1,abc", "2,ab", "3,abc", "2,abc"])
    }
}
