import Foundation
import Identity
import IdentityRules
import Testing

@Suite("Identity rules for who must go on")
struct UsableRulesTests {
    private let path = FileManager.default.temporaryDirectory.appending(path: "rules-\(UUID().uuidString).yaml").path

    private func write(_ text: String) throws {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    @Test("are the last that could be used, and before there were any the defaults")
    func usable() throws {
        let file = IdentityRulesFile(path: path)
        #expect(file.usableRules == Rules())
        try write("country: {}")
        #expect(file.usableRules == Rules())
        #expect(throws: IdentityRulesFileError.self) { try file.rules() }
        try write("country: KR")
        #expect(file.usableRules.country == "KR")
        try write("nonsense: true")
        #expect(file.usableRules.country == "KR")
        try write("country: DE")
        #expect(try file.rules().country == "DE")
        #expect(file.usableRules.country == "DE")
    }
}
