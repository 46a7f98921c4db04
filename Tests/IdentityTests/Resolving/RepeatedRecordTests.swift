import Identity
import Testing

@Suite("Records that a system has twice")
struct RepeatedRecordTests {
    let rules = Rules()
    let phone = StreamBuilder.phone
    let otherPhone = StreamBuilder.otherPhone

    @Test("with the same mail address and phone number they are one person's, however many")
    func same() throws {
        var stream = StreamBuilder()
        for record in 1...3 { stream.contact("k\(record)", "ada@x.io", phone, at: Int64(record)) }
        stream.order("c1", "ada@x.io", at: 4)
        #expect(try stream.resolved(rules).people == [["k1", "k2", "k3", "c1", "ada@x.io", phone]])
    }

    @Test("one of the two is enough while the other does not contradict it")
    func partly() throws {
        var stream = StreamBuilder()
        stream.login("u", "ada@x.io", at: 0)
        stream.contact("k1", "ada@x.io", at: 1)
        stream.contact("k2", "ada@x.io", at: 2)
        stream.contact("k3", "ada@x.io", phone, at: 3)
        #expect(try stream.resolved(rules).people == [["u", "k1", "k2", "k3", "ada@x.io", phone]])
    }

    @Test("a phone number alone is enough as well")
    func phoneOnly() throws {
        var stream = StreamBuilder()
        stream.contact("k1", "ada@x.io", phone, at: 1)
        stream.contact("k2", nil, phone, at: 2)
        stream.order("c", "ada@x.io", phone, at: 3)
        #expect(try stream.resolved(rules).people == [["k1", "k2", "c", "ada@x.io", phone]])
    }

    @Test("with one mailbox and different phone numbers they are a family's")
    func family() throws {
        var stream = StreamBuilder()
        stream.contact("k1", "fam@x.io", phone, at: 1)
        stream.contact("k2", "fam@x.io", otherPhone, at: 2)
        let result = try stream.resolved(rules)
        #expect(result.people == [["k1", phone], ["k2", otherPhone]])
        #expect(result.conflict("k1", "fam@x.io") == .limit(namespace: "crm.contact"))
    }

    @Test("a record between two that contradict each other brings neither in")
    func between() throws {
        var stream = StreamBuilder()
        stream.contact("k1", "fam@x.io", phone, at: 1)
        stream.contact("k2", "fam@x.io", otherPhone, at: 2)
        stream.contact("k3", "fam@x.io", at: 3)
        let result = try stream.resolved(rules)
        #expect(result.people == [["k1", phone], ["k2", otherPhone], ["k3"]])
        #expect(result.ambiguous == ["fam@x.io"])
    }

    @Test("two with one landline and different mail addresses are two people's")
    func landline() throws {
        var stream = StreamBuilder()
        stream.contact("k1", "ann@x.io", phone, at: 1)
        stream.contact("k2", "bob@x.io", phone, at: 2)
        let result = try stream.resolved(rules)
        #expect(result.people == [["k1", "ann@x.io"], ["k2", "bob@x.io"]])
        #expect(result.ambiguous == [phone])
    }

    @Test("a mailbox that everybody writes to is shared")
    func office() throws {
        var stream = StreamBuilder()
        for record in 0..<7 { stream.contact("k\(record)", "info@x.io", "+1202555010\(record)", at: Int64(record)) }
        let result = try stream.resolved(rules)
        #expect(result.shared == ["info@x.io"])
        #expect(result.people.count == 7)
    }
}
