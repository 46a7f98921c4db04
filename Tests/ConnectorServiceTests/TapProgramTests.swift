import ConnectorKit
import Testing

@testable import ConnectorService

@Suite("The program of a tap")
struct TapProgramTests {
    /// The lines that a shell script says.
    private func lines(
        of script: String,
        patience: Duration = .seconds(300),
        pause: Duration = .zero
    ) async throws -> [Substring] {
        let program = TapProgram(folder: "/tmp", variables: ["WHO": "Ada"], patience: patience)
        let lines = Lines()
        try await program.run("/bin/sh", ["-c", script]) { line in
            try await Task.sleep(for: pause)
            await lines.add(line)
        }
        return await lines.text.split(separator: "\n")
    }

    @Test("is read to the last line, however it ends it")
    func lastLine() async throws {
        #expect(try await lines(of: "echo a; echo; printf 'b\\r\\n'; printf \"$WHO\"") == ["a", "b", "Ada"])
    }

    @Test("may end while what it has said is still being read")
    func burst() async throws {
        let said = try await lines(
            of: "head -c 50000 /dev/zero | tr '\\0' x | fold -w 99; echo; echo end",
            pause: .milliseconds(1)
        )
        #expect(said.count == 507)
        #expect(said.last == "end")
    }

    @Test("is ended when it says nothing, or closes its outputs and stays", arguments: ["", "exec >&- 2>&-; "])
    func silence(closing: String) async throws {
        let failure = await #expect(throws: ConnectorFailure.self) {
            try await lines(of: "\(closing)sleep 600", patience: .milliseconds(200))
        }
        #expect(failure?.kind == .transient)
    }

    @Test("is not ended because nobody listens")
    func backPressure() async throws {
        #expect(try await lines(of: "echo a", patience: .seconds(30), pause: .seconds(32)) == ["a"])
    }

    @Test("is ended with what it has started when a line is refused")
    func refusal() async throws {
        struct Refused: Error {}
        let program = TapProgram(folder: "/tmp", variables: [:], patience: .seconds(300))
        let start = ContinuousClock.now
        await #expect(throws: Refused.self) {
            try await program.run("/bin/sh", ["-c", "echo a; sleep 600 & yes >&2"]) { _ in throw Refused() }
        }
        // What it has started holds its output for ten minutes, unless it was ended too.
        #expect(start.duration(to: .now) < .seconds(300))
    }
}

@Suite("What a tap was told in confidence")
struct MaskingTests {
    @Test("is not in what it says, as it is or in an address")
    func masks() {
        let text = "401 for https://x.test/?key=a%2Fb%2Fc%2Fd%2Fe (a/b/c/d/e, abc)"
        #expect(text.masking(["a/b/c/d/e", "abc", "a/b/c/d/e/f"]) == "401 for https://x.test/?key=*** (***, abc)")
    }
}
