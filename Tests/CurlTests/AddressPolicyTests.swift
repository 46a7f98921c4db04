import Curl
import Testing

@Suite("Address policy")
struct AddressPolicyTests {
    @Test(
        "refuses every address that is not of the public internet",
        arguments: [
            "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
            "100.64.0.1", "100.127.255.255", "169.254.169.254", "224.0.0.1", "255.255.255.255", "198.18.0.1",
            "192.0.2.1", "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "fc00::1", "fd12:3456::1", "fe80::1",
            "ff02::1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1", "2001:db8::1",
        ]
    )
    func refusesInside(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(!AddressPolicy.publicOnly(allow: []).permits(address))
        #expect(AddressPolicy.any.permits(address))
    }

    @Test(
        "permits public addresses",
        arguments: ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"]
    )
    func permitsPublic(text: String) throws {
        #expect(AddressPolicy.publicOnly(allow: []).permits(try #require(IPAddress(text))))
    }

    @Test("permits what the operator allows, mapped addresses included")
    func permitsAllowed() throws {
        let policy = AddressPolicy.publicOnly(allow: [try #require(CIDR("10.1.0.0/16"))])
        #expect(policy.permits(try #require(IPAddress("10.1.2.3"))))
        #expect(policy.permits(try #require(IPAddress("::ffff:10.1.2.3"))))
        #expect(!policy.permits(try #require(IPAddress("10.2.0.1"))))
    }

    @Test(
        "reads ranges and refuses what is none",
        arguments: [
            ("10.0.0.0/8", true), ("::/0", true), ("1.2.3.4", true), ("10.0.0.0/33", false), ("x/8", false),
            ("1.2.3.4/", false),
        ]
    )
    func readsRanges(text: String, isRange: Bool) {
        #expect((CIDR(text) != nil) == isRange)
    }
}
