import Events
import Foundation
import Identity
import MessageLog
import ServiceKit
import ServiceLifecycle
import Testing
import Topics

@Suite("Erasing persons from the lanes of instances that are gone for good")
struct RetiredLanesTests {
    private let directory: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "kith-retired-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        directory = url.path
    }

    private func log(of instance: String) throws -> EmbeddedLog {
        try EmbeddedLog(directory: "\(directory)/log", producer: instance)
    }

    /// An instance with an event of the person, and one of somebody else.
    private func filledLog(of instance: String) async throws -> EmbeddedLog {
        let log = try log(of: instance)
        let events = [#"{"userId":"42"}"#, #"{"userId":"bob"}"#].map {
            Record(value: RecordEraserTests.event($0), timestamp: 10)
        }
        _ = try await log.append(events, to: Topic.events)
        return log
    }

    /// Asks for the person to be forgotten, and retires an instance.
    private func decide(retiring instance: String, on log: any MessageLog) async throws {
        let erasure = RecordEraserTests.erasure()
        let word = Word(author: "eve", reason: "Scaled down.", time: Timestamp(microseconds: 1))
        let records =
            [.suppression(erasure.suppression), erasure.forgotten.map(ControlRecord.forgotten)].compactMap(\.self)
            + [.retirement(Retirement(instance: instance, word: word))]
        _ = try await log.append(records.map { $0.record(at: Timestamp(microseconds: 1)) }, to: Topic.control)
    }

    private func lanes(
        beside log: any MessageLog,
        _ control: ControlFollower,
        trying: @escaping @Sendable () -> Void = {}
    ) -> RetiredLanes {
        let directory = directory
        return RetiredLanes(log: log, control: control, pause: .milliseconds(5)) { instance in
            trying()
            return try EmbeddedLog(directory: "\(directory)/log", producer: instance)
        } erasing: { log, instance in
            let pauses = LaneEraser.Pauses(settling: .zero, retry: .milliseconds(1))
            let eraser = LaneEraser(log: log, instance: instance, control: control, pauses: pauses, rules: { Rules() })
            try await eraser.eraseOnce()
        }
    }

    private func values(of instance: String, in log: any MessageLog) async throws -> [String] {
        let lane = Partition(topic: Topic.events, name: instance)
        return try await log.read(lane, from: 0, maxRecords: 10, maxBytes: 1 << 20).map {
            String(decoding: $0.record.value, as: UTF8.self)
        }
    }

    private func isErased(from instance: String, by control: ControlFollower) async {
        for await _ in control.news where control.book.erasures["s1"]?.erased[instance] != nil { return }
    }

    private func follower(of log: any MessageLog) throws -> ControlFollower {
        ControlFollower(log: log, key: try SuppressionKey.load(in: directory), readiness: Readiness())
    }

    @Test("is done in place of the instance, and said so; nobody else's lanes are touched")
    func erases() async throws {
        try await filledLog(of: "ingest-2").close()
        try await filledLog(of: "ingest-3").close()
        let log = try log(of: "ingest")
        try await decide(retiring: "ingest-2", on: log)
        let control = try follower(of: log)
        let lanes = lanes(beside: log, control)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await control.run() }
            group.addTask { try? await lanes.run() }
            await isErased(from: "ingest-2", by: control)
            group.cancelAll()
        }
        #expect(control.book.erasures["s1"]?.erased.keys.sorted() == ["ingest-2"])
        #expect(control.book.erasures["s1"]?.erased["ingest-2"]?.records == ["events": 1])
        let bob = String(decoding: RecordEraserTests.event(#"{"userId":"bob"}"#), as: UTF8.self)
        #expect(try await values(of: "ingest-2", in: log) == [#"{"v":1,"erased":true}"#, bob])
        #expect(try await values(of: "ingest-3", in: log).allSatisfy { !$0.contains("erased") })
        await log.close()
    }

    @Test("waits for as long as the instance is there after all")
    func waits() async throws {
        let instance = try await filledLog(of: "ingest-2")
        let log = try log(of: "ingest")
        try await decide(retiring: "ingest-2", on: log)
        let control = try follower(of: log)
        let (tries, signal) = AsyncStream.makeStream(of: Void.self)
        let lanes = lanes(beside: log, control) { signal.yield() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await control.run() }
            group.addTask { try? await lanes.run() }
            var left = 2
            for await _ in tries {
                left -= 1
                if left == 0 { break }
            }
            #expect(control.book.erasures["s1"]?.erased.isEmpty == true)
            await instance.close()
            await isErased(from: "ingest-2", by: control)
            group.cancelAll()
        }
        #expect(try await values(of: "ingest-2", in: log).first == #"{"v":1,"erased":true}"#)
        await log.close()
    }
}
