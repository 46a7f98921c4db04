import Events
import Testing

@testable import ConnectorService

@Suite("The imports that a store keeps")
struct ImportsTests {
    private func row(_ id: Int, of path: String) -> ImportRow {
        ImportRow(
            id: "\(id)",
            entry: ["name": "people", "type": "csv", "path": .string(path)],
            state: .running,
            error: nil
        )
    }

    @Test("are one of a file, however many ask for it at one moment, until it has ended")
    func addsOnce() async throws {
        try await withTemporaryFolder { folder in
            let store = try ConnectorStore(path: "\(folder)/store.sqlite")
            let time = Timestamp(microseconds: 0)
            let (people, others) = (row(1, of: "people.csv").entry, row(100, of: "others.csv"))
            try await store.add(others, at: time) { $0.entry == others.entry }
            let rows = (1...8).map { row($0, of: "people.csv") }
            var answers: [ImportRow] = []
            try await withThrowingTaskGroup(of: ImportRow?.self) { group in
                for one in rows { group.addTask { try await store.add(one, at: time) { $0.entry == people } } }
                for try await answer in group { if let answer { answers.append(answer) } }
            }
            let running = try await store.unfinishedImports().filter { $0.entry == people }
            #expect(running.count == 1)
            let one = try #require(running.first)
            #expect(answers == Array(repeating: one, count: 7))
            try await store.endImport(one.id, .done, error: nil, at: time)
            let next = try await store.add(row(9, of: "people.csv"), at: time) { $0.entry == people }
            #expect(next == nil)
        }
    }
}
