import FoundationEssentials
import ServiceKit
import Testing

@Suite("The text of a configuration file")
struct ConfigurationTextTests {
    private let folder = FileManager.default.temporaryDirectory.path + "/kith-text-\(UInt64.random(in: 0 ... .max))"

    @Test("is what is written, and nothing where there is no file")
    func text() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(try ConfigurationText.read("\(folder)/kith.yaml") == nil)
        try "rules: []\n".write(toFile: "\(folder)/kith.yaml", atomically: true, encoding: .utf8)
        #expect(try ConfigurationText.read("\(folder)/kith.yaml") == "rules: []\n")
    }

    @Test("is an error where there is something that cannot be read")
    func unreadable() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let error = #expect(throws: ConfigurationTextError.self) { try ConfigurationText.read(folder) }
        #expect(error?.description == "The file cannot be read: Is a directory.")
    }
}
