import ConnectorKit
import Events
import Foundation
import Glibc
import Testing

@testable import ConnectorService

@Suite("A CSV file")
struct CSVSourceTests {
    private actor Reached {
        private(set) var state: JSONValue?

        func keep(_ state: JSONValue?) { self.state = state }
    }

    private func source(_ path: String, userID column: String) throws -> any Source {
        let entry = Configuration.Entry(
            name: "people",
            type: "csv",
            values: ["path": .string(path), "mapping": ["userId": .string(column)]]
        )
        return try ConfiguredSource(entry, catalog: .builtIn()).source
    }

    @Test("that is a pipe or a folder is refused at once, also while nobody writes to it", .timeLimit(.minutes(5)))
    func refusesPipe() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/people.csv"
            #expect(mkfifo(path, 0o600) == 0)
            let refused = FileError(path: path, operation: "read", code: ENOTSUP)
            await #expect(throws: refused) { try await source(path, userID: "id").check() }
            let isFolder = FileError(path: folder, operation: "read", code: EISDIR)
            await #expect(throws: isFolder) { try await source(folder, userID: "id").check() }
        }
    }

    @Test("that has grown is not read on by a mapping that names a column which is not there")
    func refusesMapping() async throws {
        try await withTemporaryFolder { folder in
            let (path, reached) = ("\(folder)/people.csv", Reached())
            try "user_id\n1\n".write(toFile: path, atomically: true, encoding: .utf8)
            try await source(path, userID: "user_id").read(from: nil) { batch in await reached.keep(batch.state) }
            try "user_id\n1\n2\n".write(toFile: path, atomically: true, encoding: .utf8)
            let (other, state) = (try source(path, userID: "id"), await reached.state)
            await #expect(throws: FileFormatError("There is no column “id”", columns: ["user_id"])) {
                try await other.read(from: state) { _ in }
            }
        }
    }
}
