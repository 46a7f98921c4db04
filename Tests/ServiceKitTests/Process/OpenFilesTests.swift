import Testing

@testable import ServiceKit

@Suite("Files that may be open")
struct OpenFilesTests {
    @Test("are connections to a half, and never more than are worth serving")
    func connections() {
        #expect(OpenFiles.connections(of: 1024) == 512)
        #expect(OpenFiles.connections(of: 1_048_576) == 4096)
        #expect(OpenFiles.connections(of: 1) == 1)
    }

    @Test("are as many as the process may have, whoever asks how often")
    func raised() {
        let limit = OpenFiles.raiseLimit()
        #expect(limit > 0)
        #expect(OpenFiles.raiseLimit() == limit)
    }
}
