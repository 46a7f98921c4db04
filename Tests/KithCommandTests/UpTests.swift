import Events
import Foundation
import Testing

@testable import KithCommand

@Suite("kith up")
struct UpTests {
    private func folder() throws -> DataDirectory {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("up-\(UUID().uuidString)").path
        return try DataDirectory(path).prepared()
    }

    @Test("a service that was at work starts again at once, one that fails to start waits longer each time")
    func backOff() {
        var backOff = BackOff()
        let killed = Ending.killed(signal: SIGKILL)
        let pauses = (0..<9).map { _ in backOff.pause(after: killed, running: .milliseconds(300)) / .seconds(1) }
        #expect(pauses == [0.25, 0.5, 1, 2, 4, 8, 16, 30, 30])
        #expect(backOff.pause(after: killed, running: .seconds(1)) == .zero)
        #expect(backOff.pause(after: killed, running: .zero) == .milliseconds(250))
    }

    @Test(
        "a service that fails by itself soon after its start waits as well",
        arguments: [Ending.exited(1), .killed(signal: SIGTRAP), .killed(signal: SIGSEGV)]
    )
    func backOffOfFailures(ending: Ending) {
        var backOff = BackOff()
        let pauses = (0..<7).map { _ in backOff.pause(after: ending, running: .seconds(2)) / .seconds(1) }
        #expect(pauses == [0.25, 0.5, 1, 2, 4, 5, 5])
        #expect(backOff.pause(after: .exited(0), running: .seconds(2)) == .zero)
        #expect(backOff.pause(after: ending, running: .seconds(2)) == .milliseconds(250))
        #expect(backOff.pause(after: ending, running: .seconds(30)) == .zero)
    }

    @Test("holds its directory alone, and says who does")
    func lock() async throws {
        let directory = try folder()
        try await DirectoryLock.held(on: directory) {
            let error = await #expect(throws: CommandError.self) { try await DirectoryLock.held(on: directory) {} }
            #expect(error?.problem.contains("(process \(ProcessInfo.processInfo.processIdentifier))") == true)
            #expect(error?.status == .failure)
        }
        try await DirectoryLock.held(on: directory) {}
    }

    @Test("makes its keys once, for its owner only")
    func keys() throws {
        let directory = try folder()
        let keys = try InstanceKeys.loadOrMake(at: directory.keysFile)
        #expect(keys.write.hasPrefix("kw_") && keys.read.hasPrefix("kr_") && keys.admin.hasPrefix("ka_"))
        #expect(try InstanceKeys.loadOrMake(at: directory.keysFile) == keys)
        let attributes = try FileManager.default.attributesOfItem(atPath: directory.keysFile)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test("refuses a key file that is none")
    func wrongKeys() throws {
        let directory = try folder()
        try Files.write(Array("{}".utf8), to: directory.keysFile)
        #expect(throws: CommandError.self) { try InstanceKeys.load(from: directory.keysFile) }
    }

    @Test("writes down where it can be reached")
    func readyFile() throws {
        let directory = try folder()
        let urls = Dictionary(
            uniqueKeysWithValues: ServiceName.allCases.map { ($0, "http://127.0.0.1:\(9000 + $0.portIndex)") }
        )
        let ready = ReadyFile(process: 7, data: directory.path, urls: urls, keys: .generate())
        try ready.write(to: directory.readyFile)
        #expect(try ReadyFile.load(from: directory.readyFile) == ready)
        #expect(try ReadyFile.load(from: "\(directory.path)/none.json") == nil)
    }

    @Test(
        "is found where it listens, on this machine where that is everywhere",
        arguments: [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("kith.test", "kith.test")]
    )
    func url(host: String, named: String) {
        #expect(Supervisor.url(host: host, port: 8080) == "http://\(named):8080")
    }

    @Test("gives each service a port of its own, or any")
    func ports() throws {
        #expect(ServiceName.allCases.map { PortPlan(first: 0).port(of: $0) } == [0, 0, 0, 0])
        #expect(Set(ServiceName.allCases.map { PortPlan(first: 8080).port(of: $0) }) == [8080, 8081, 8082, 8083])
        #expect(PortPlan(first: 8080).port(of: .ingest) == 8080)
        #expect(throws: CommandError.self) { try PortPlan(first: 65_533).checked(on: "127.0.0.1") }
    }

    @Test("does not call a port taken at an address that this machine does not have")
    func elsewhere() {
        let error = #expect(throws: CommandError.self) { try PortPlan(first: 8080).checked(on: "192.0.2.1") }
        #expect(error?.problem == "ingest cannot listen on port 8080 of 192.0.2.1: Cannot assign requested address.")
    }

    @Test(
        "tells of problems in the services' logs, and of nothing else",
        arguments: [
            (#"{"level":"info","message":"Listening"}"#, nil),
            (#"{"level":"warning","message":"Odd"}"#, nil),
            (#"{"time":"t","level":"error","service":"x","message":"Bad","error":"why"}"#, "Bad (error=why)"),
            ("Fatal error: Index out of range", "Fatal error: Index out of range"),
            ("Error: KITH_PORT must be a port.", "KITH_PORT must be a port."),
            ("Usage: ingest <options>", nil),
            ("  See 'ingest --help' for more information.", nil),
            ("", nil),
        ] as [(String, String?)]
    )
    func problems(line: String, problem: String?) {
        #expect(OutputTail.problem(in: line[...]) == problem)
    }

    @Test("reads on in a log, whole lines at a time, also after it was emptied")
    func tail() throws {
        let path = "\(try folder().path)/x.log"
        var tail = OutputTail(path: path)
        try Files.write(Array("one\ntw".utf8), to: path)
        #expect(tail.news() == ["one"])
        try Files.write(Array("one\ntwo\n".utf8), to: path)
        #expect(tail.news() == ["two"])
        #expect(tail.news().isEmpty)
        try Files.write(Array("new\n".utf8), to: path)
        #expect(tail.news() == ["new"])
    }

    @Test(
        "runs a program, and knows how it ended",
        arguments: [("exit 3", Ending.exited(3)), ("kill -9 $$", .killed(signal: 9))]
    )
    func child(script: String, ending: Ending) async throws {
        let lifeLine = try LifeLine()
        let path = "\(try folder().path)/out.log"
        let child = try ChildProcess(
            Launch(
                program: "/bin/sh",
                arguments: ["-c", "echo $GREETING; \(script)"],
                environment: ["GREETING": "hello"],
                standardInput: lifeLine.readingEnd,
                outputPath: path
            )
        )
        await child.ended()
        #expect(child.reap() == ending)
        #expect(try Files.read(path) == Array("hello\n".utf8))
    }

    @Test(
        "prints words that a shell takes as they are",
        arguments: [
            ("/a/b-c.d", "/a/b-c.d"), ("/a b", "'/a b'"), ("it's", #"'it'\''s'"#), ("$HOME", "'$HOME'"), ("", "''"),
        ]
    )
    func quoting(word: String, quoted: String) {
        #expect(Welcome.quoted(word) == quoted)
    }
}
