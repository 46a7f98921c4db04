import Testing

@testable import ConnectorService

@Suite("The pauses of sources")
struct PausesTests {
    @Test("are taken over from others, unless something was said since those were read")
    func takesOver() async throws {
        try await withTemporaryFolder { folder in
            let store = try ConnectorStore(path: "\(folder)/store.sqlite")
            let pauses = try await Pauses(store)
            #expect(pauses.replace(by: ["shop"], readAfter: pauses.said) == ["shop"])

            let (said, read) = (pauses.said, try await store.pausedSources())
            try await pauses.set(true, "mail")
            #expect(pauses.replace(by: read, readAfter: said) == nil)
            #expect(pauses.contains("mail"))

            let names = try await store.pausedSources()
            #expect(pauses.replace(by: names, readAfter: pauses.said) == ["shop"])
            #expect(pauses.contains("mail") && !pauses.contains("shop"))
        }
    }

    @Test("are to be looked at again when another look has ended meanwhile, whichever was the older one")
    func keepsNewer() async throws {
        try await withTemporaryFolder { folder in
            let pauses = try await Pauses(try ConnectorStore(path: "\(folder)/store.sqlite"))
            let said = pauses.said
            #expect(pauses.replace(by: ["mail"], readAfter: said) == ["mail"])
            #expect(pauses.replace(by: [], readAfter: said) == nil)
            #expect(pauses.contains("mail"))
        }
    }
}
