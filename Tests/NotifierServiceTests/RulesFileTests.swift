import Foundation
import Logging
import Testing

@testable import NotifierService

@Suite("The file of rules")
struct RulesFileTests {
    private let path = FileManager.default.temporaryDirectory.appending(path: "rules-\(UUID().uuidString).yaml").path

    private func write(_ name: String) throws {
        let text = "rules:\n- {name: \(name), on: {event: X}, to: m, webhook: {body: 1}}\n"
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    @Test("leaves the rules as they are while it is gone, and says so")
    func isGone() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try write("a")
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let file = try RulesFile(path: path, logger: logger, metrics: NotifierMetrics())
        try FileManager.default.removeItem(atPath: path)
        for isAsked in [false, true] {
            file.refresh(isAsked: isAsked)
            #expect(file.book.rules.map(\.name) == ["a"])
            #expect(file.problem == "\(path): The file is gone.")
        }
        try write("b")
        for _ in 0..<2 { file.refresh(isAsked: false) }
        #expect(file.book.rules.map(\.name) == ["b"])
        #expect(file.problem == nil)
    }

    @Test("is read when it is no longer being written, or at once when somebody asks")
    func isBeingWritten() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try write("a")
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let file = try RulesFile(path: path, logger: logger, metrics: NotifierMetrics())
        try Data().write(to: URL(filePath: path))
        file.refresh(isAsked: false)
        #expect(file.book.rules.map(\.name) == ["a"])
        try write("bb")
        file.refresh(isAsked: false)
        #expect(file.book.rules.map(\.name) == ["a"])
        file.refresh(isAsked: false)
        #expect(file.book.rules.map(\.name) == ["bb"])
        try write("ccc")
        file.refresh(isAsked: true)
        #expect(file.book.rules.map(\.name) == ["ccc"])
    }
}
