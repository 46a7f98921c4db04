import Events
import Testing

@testable import KithCommand

@Suite("The sample")
struct SampleTests {
    private let shop = SampleShop(people: 60, seed: 1)

    @Test("is the same for the same seed, and another for another")
    func deterministic() {
        #expect(WebFile(shop: shop).calls.lines == WebFile(shop: SampleShop(people: 60, seed: 1)).calls.lines)
        #expect(ContactsFile(shop: shop).text != ContactsFile(shop: SampleShop(people: 60, seed: 2)).text)
    }

    @Test("gives no identifier to two people", arguments: [1, 60, 3000])
    func unique(count: Int) {
        let shop = SampleShop(people: count, seed: 1)
        let mistyped = ChatFile(shop: shop).mistypedAddresses.map { "email:\($0.email)" }
        let all = shop.people.flatMap { $0.identifiers.map { "\($0.namespace):\($0.value)" } } + mistyped
        #expect(Set(all).count == all.count)
    }

    @Test("has somebody in every system, duplicates, and a mailbox that many share")
    func contents() {
        let contacts = ContactsFile(shop: shop).text.split(separator: "\r\n")
        let orders = OrdersFile(shop: shop).text.split(separator: "\n")
        #expect(Set(contacts).count < contacts.count)
        #expect(Set(orders).count < orders.count)
        #expect(orders.filter { $0.contains(SampleShop.sharedMailbox) }.count >= 12)
        #expect(shop.people.contains { $0.identifiers.count >= 7 })
        #expect(!ChatFile(shop: shop).mistypedAddresses.isEmpty)
    }

    @Test("is JSON on every line of its JSON files")
    func json() throws {
        let texts = [OrdersFile(shop: shop).text, WebFile(shop: shop).calls.lines, ChatFile(shop: shop).calls.lines]
        for line in texts.flatMap({ $0.split(separator: "\n") }) { _ = try JSONDocument(Array(line.utf8)) }
        for mapping in [OrdersFile.mapping, ContactsFile.mapping] { _ = try Import.mapping(from: mapping) }
    }

    @Test("names only domains that are kept for examples")
    func domains() {
        let files = SampleFiles(shop: shop, directory: "/nowhere")
        let addresses = files.truth.split(separator: "\n").compactMap {
            $0.split(separator: ",").last?.split(separator: "@").last
        }
        .filter { $0.contains(".") }
        let allowed = [".example", "example.com", "example.org", "example.net"]
        #expect(addresses.allSatisfy { domain in allowed.contains { domain.hasSuffix($0) } })
    }

    @Test("writes times as mail does")
    func mailTime() throws {
        let time = try #require(Timestamp("2026-06-12T10:20:30Z"))
        #expect(MailTime.header(time) == "Fri, 12 Jun 2026 10:20:30 +0000")
        #expect(MailTime.asctime(time) == "Fri Jun 12 10:20:30 2026")
    }

    @Test(
        "writes names that are not ASCII as mail headers have them",
        arguments: [("Ada", "Ada"), ("健 佐藤", "=?UTF-8?Q?=E5=81=A5=20=E4=BD=90=E8=97=A4?=")]
    )
    func encodedWords(name: String, header: String) {
        #expect(EncodedHeader.word(name) == header)
    }

    @Test(
        "names a source after its file",
        arguments: [("/a/Shop Orders.ndjson", "shop-orders"), ("x.csv", "x"), ("ä-2.csv", "--2")]
    )
    func sourceNames(path: String, name: String) {
        #expect(Import.name(of: path) == name)
    }
}
