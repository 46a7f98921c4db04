import Foundation
import Identity
import IdentityRules
import Testing

@Suite("The page on identity")
struct DocumentationTests {
    @Test("shows a file that can be read")
    func example() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "docs/identity.md"), encoding: .utf8)
        let start = try #require(page.range(of: "```yaml\n"))
        let end = try #require(page.range(of: "```", range: start.upperBound..<page.endIndex))
        let rules = try Rules(yaml: String(page[start.upperBound..<end.lowerBound]))
        #expect(rules.country == "KR")
        #expect(rules["shop.customer"].isLogin)
        #expect(rules["kiosk"].isDevice)
        #expect(rules["zoho.contact"].limit == 2)
        #expect(rules.traits["plan"] == .trusted(["crm", "billing"]))
    }
}
