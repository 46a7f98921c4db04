import ConnectorKit
import Events
import Foundation
import Testing

@testable import ConnectorService

@Suite("What is remembered of records")
struct MemoryTests {
    private func withStore(_ body: (ConnectorStore) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("memory-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try await body(try ConnectorStore(path: "\(directory.path)/store.sqlite"))
    }

    private func note(_ key: String, _ version: Int64?, stream: String = "people") -> RecordNote {
        RecordNote(
            stream: stream,
            key: key,
            record: version.map { RememberedRecord(version: $0, digest: "d\($0)") }
        )
    }

    private func effects(_ notes: [RecordNote], source: String = "tap") -> Effects {
        Effects(
            source: .init(
                name: source,
                state: nil,
                records: 0,
                rejected: 0,
                request: nil,
                time: Timestamp(microseconds: 0),
                notes: notes
            )
        )
    }

    @Test("is kept by source and stream, replaced and forgotten")
    func kept() async throws {
        try await withStore { store in
            try await store.apply(effects([note("a", 1), note("b", 1), note("a", 1, stream: "orders")]))
            try await store.apply(effects([note("a", 7)], source: "other"))
            try await store.apply(effects([note("a", 2), note("b", nil)]))
            let memory = store.memory(of: "tap")
            #expect(try await memory.records(["a", "b", "c"], in: "people") == ["a": .init(version: 2, digest: "d2")])
            #expect(try await memory.records(["a"], in: "orders") == ["a": .init(version: 1, digest: "d1")])
        }
    }

    @Test("tells page by page which were not seen since")
    func stale() async throws {
        try await withStore { store in
            try await store.apply(effects(["a", "b", "c", "d"].map { note($0, $0 == "c" ? 2 : 1) }))
            let memory = store.memory(of: "tap")
            #expect(try await memory.keys(in: "people", before: 2, behind: "", limit: 2) == ["a", "b"])
            #expect(try await memory.keys(in: "people", before: 2, behind: "b", limit: 2) == ["d"])
        }
    }

    @Test("comes true after a crash exactly if the append took place", arguments: [false, true])
    func crash(tookPlace: Bool) async throws {
        try await withStore { store in
            let notes = [note("{\"id\":1,\"name\":\"é\\u0001\"}", 3), note("gone", nil)]
            try await store.note(effects(notes), topic: "events", sequence: 5)
            try await store.recover { _ in tookPlace ? 5 : 4 }
            let known = try await store.memory(of: "tap").records(notes.map(\.key), in: "people")
            #expect(known.count == (tookPlace ? 1 : 0))
        }
    }

    @Test("goes with the state that is reset, of one stream or of all")
    func reset() async throws {
        try await withStore { store in
            try await store.apply(effects([note("a", 1), note("a", 1, stream: "orders")]))
            try await store.replaceState([:], source: "tap", stream: "orders")
            let memory = store.memory(of: "tap")
            #expect(try await memory.records(["a"], in: "orders").isEmpty)
            #expect(try await memory.records(["a"], in: "people").count == 1)
            try await store.replaceState(nil, source: "tap")
            #expect(try await memory.records(["a"], in: "people").isEmpty)
        }
    }
}

@Suite("Lines of a tap")
struct LineSplitterTests {
    private func lines(_ chunks: [String], limit: Int = 100) throws -> [String] {
        var splitter = LineSplitter(limit: limit)
        var lines: [[UInt8]] = []
        for chunk in chunks {
            lines += try Array(chunk.utf8).withUnsafeBytes { bytes throws(LineSplitter.TooLong) in
                try splitter.add(bytes)
            }
        }
        return (lines + splitter.rest()).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("are the same however they arrive")
    func chunks() throws {
        let text = "one\r\n\n  \ntwo\nthree é\nfour"
        for size in 1...text.utf8.count {
            var rest = Array(text.utf8)[...]
            var splitter = LineSplitter(limit: 100)
            var found: [[UInt8]] = []
            while !rest.isEmpty {
                found += try Array(rest.prefix(size)).withUnsafeBytes { bytes throws(LineSplitter.TooLong) in
                    try splitter.add(bytes)
                }
                rest = rest.dropFirst(size)
            }
            found += splitter.rest()
            #expect(found.map { String(decoding: $0, as: UTF8.self) } == ["one", "two", "three é", "four"])
        }
    }

    @Test("must not be longer than the limit")
    func limit() throws {
        #expect(try lines([String(repeating: "x", count: 100), "\n"]) == [String(repeating: "x", count: 100)])
        #expect(throws: LineSplitter.TooLong.self) { try lines([String(repeating: "x", count: 101)]) }
    }
}

@Suite("A tap's package")
struct TapPackageTests {
    @Test(
        "is what stands before versions and extras",
        arguments: [
            "tap-intercom==2.2.5", "tap-intercom", "tap_intercom[s3]>=1", "Tap-Intercom @ file:///x.whl",
            "tap-intercom~=2",
        ]
    )
    func package(requirement: String) { #expect(Tap.package(of: requirement) == "tap-intercom") }

    @Test(
        "is of a path or an address alone what stands at its end",
        arguments: [
            "/srv/taps/tap-intercom", "./tap-intercom/", "../tap_intercom", "taps/tap-intercom",
            "/srv/tap_intercom-2.2.5-py3-none-any.whl", "./tap-intercom-2.2.5.tar.gz",
            "https://example.com/tap-intercom.zip?a=b", "git+https://example.com/acme/tap-intercom.git@v2#egg=x",
        ]
    )
    func package(place: String) { #expect(Tap.package(of: place) == "tap-intercom") }
}
