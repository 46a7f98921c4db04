import Events
import HTTPTypes
import MessageLog
import ServiceKit
import TestKit
import Testing
import Topics

@Suite("The keys that are good")
struct KeyRingTests {
    private let now = Timestamp(microseconds: 1_767_225_600_000_000)
    private let ring = KeyRing(log: InMemoryLog(), readiness: Readiness())

    private func key(_ id: String, _ scope: GrantedKey.Scope = .admin) -> GrantedKey {
        let key = GrantedKey(id: id, scope: scope, source: "s", hash: Secret.hash(id), createdAt: now)
        ring.apply(.key(key))
        return key
    }

    private func later(_ seconds: Int64) -> Timestamp {
        Timestamp(microseconds: now.microseconds + seconds * 1_000_000)
    }

    @Test("are not both revoked when two admins revoke each other's at the same moment")
    func leavesOne() {
        let (ann, bob) = (key("ann"), key("bob"))
        #expect(ring.mayRevoke(ann, at: now))
        #expect(!ring.mayRevoke(bob, at: later(1)))
        #expect(ring.mayRevoke(ann, at: later(1)))
        ring.apply(.keyRevoked(id: "ann", at: now))
        #expect(!ring.mayRevoke(bob, at: later(600)))
    }

    @Test("do not count as revoked for ever when the log has not taken that in")
    func comesBack() {
        let (ann, bob) = (key("ann"), key("bob"))
        #expect(ring.mayRevoke(ann, at: now))
        #expect(ring.mayRevoke(bob, at: later(61)))
    }

    @Test("are found beside an Authorization that is for somebody else, such as a proxy")
    func besideAuthorization() throws {
        let ann = key("ann")
        let apiKey = try #require(HTTPField.Name("X-Api-Key"))
        // “ops:secret”
        for authorization in ["Basic b3BzOnNlY3JldA==", "Bearer of-a-proxy", "Digest x"] {
            #expect(ring.check([.authorization: authorization, apiKey: "ann"]) == ann)
        }
        #expect(ring.check([.authorization: "Bearer ann", apiKey: "wrong"]) == ann)
        #expect(ring.check([.authorization: "Bearer of-a-proxy", apiKey: "wrong"]) == nil)
        #expect(throws: APIError.self) { try ring.requireReader(in: [apiKey: "wrong"]) }
        #expect(throws: Never.self) { try ring.requireReader(in: [.authorization: "Bearer x", apiKey: "ann"]) }
    }

    @Test("may all be revoked that make no other")
    func others() {
        #expect(ring.mayRevoke(key("web", .write), at: now))
        #expect(ring.mayRevoke(key("app", .read), at: now))
        #expect(!ring.mayRevoke(key("ann"), at: now))
    }
}
