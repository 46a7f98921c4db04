import Events
import HTTPTypes
import Membership
import ServiceKit
import Store
import Testing

@testable import ConnectorService

@Suite("A store without room")
struct FullStoreTests {
    @Test("is told with a 503, and takes everything again once there is some")
    func full() async throws {
        try await withTemporaryFolder { folder in
            let store = try ConnectorStore(path: "\(folder)/store.sqlite")
            // SQLite says the same as when the disk is full.
            try await store.write { _ = try $0.rows("PRAGMA max_page_count = 1") }
            let error = await #expect(throws: (any Error).self) { try await keep(in: store) }
            let answer = APIError.ofService(try #require(error))
            #expect(answer.status == .serviceUnavailable)
            #expect(answer.code == "store_full")
            try await store.write { _ = try $0.rows("PRAGMA max_page_count = 1000000") }
            try await keep(in: store)
        }
    }

    @Test("is waited for by what nobody would try again")
    func waiting() async throws {
        try await withTemporaryFolder { folder in
            let store = try ConnectorStore(path: "\(folder)/store.sqlite")
            try await store.write { _ = try $0.rows("PRAGMA max_page_count = 1") }
            let letters = [String(repeating: "x", count: 1 << 20)]
            async let noted: Void = store.noteLetters(letters, source: "crm", at: Timestamp(microseconds: 0))
            for _ in 0..<3000 where !store.room.isAwaited { try await Task.sleep(for: .milliseconds(10)) }
            #expect(store.room.isAwaited)
            try await store.write { _ = try $0.rows("PRAGMA max_page_count = 1000000") }
            try await noted
            #expect(!store.room.isAwaited)
            #expect(try await store.knownLetters(letters, source: "crm").count == 1)
        }
    }

    private func keep(in store: ConnectorStore) async throws {
        try await store.replaceState(.string(String(repeating: "x", count: 1 << 20)), source: "crm")
    }
}
