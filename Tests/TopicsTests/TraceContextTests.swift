import Events
import MessageLog
import Testing
import Topics

private let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
private let parent = "00-\(trace)-00f067aa0ba902b7-01"

private let refused = [
    "", "00", "00-\(trace)-00f067aa0ba902b7", "ff-\(trace)-00f067aa0ba902b7-01",
    "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "00-\(trace)-0000000000000000-01",
    "00-\(trace.uppercased())-00f067aa0ba902b7-01", "\(parent)-more", "00_\(trace)-00f067aa0ba902b7-01",
    "00-\(trace)-00f067aa0ba902b7-0g", "01-\(trace)-00f067aa0ba902b7-01more",
    "00-äbf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
]

@Suite("A trace context")
struct TraceContextTests {
    @Test("is read and written as the header has it")
    func reading() throws {
        let context = try #require(TraceContext(parent))
        #expect(context.description == parent)
        #expect(context.traceID == trace)
        #expect(TraceContext("cc-\(parent.dropFirst(3))-what-will-be")?.description == parent)
    }

    @Test("is not what the standard refuses", arguments: refused)
    func refusing(text: String) {
        #expect(TraceContext(text) == nil)
    }

    @Test("made anew is a good one, and another each time")
    func random() {
        let made = (0..<100).map { _ in TraceContext.random() }
        #expect(Set(made.map(\.traceID)).count == 100)
        #expect(made.allSatisfy { TraceContext($0.description) == $0 })
    }

    @Test("has parts with the same id, the same flags and spans of their own")
    func children() throws {
        let context = try #require(TraceContext("00-\(trace)-00f067aa0ba902b7-00"))
        let child = context.child()
        #expect(child.traceID == trace)
        #expect(child != context)
        #expect(child.description.hasSuffix("-00"))
        #expect(TraceContext(child.description) == child)
    }

    @Test("goes with a record as a header")
    func records() throws {
        let context = try #require(TraceContext(parent))
        let other = Header(name: "kith-replay-of", value: [1])
        #expect(Record(value: [], headers: [other, context.header], timestamp: 0).trace == context)
        #expect(Record(value: [], headers: [other], timestamp: 0).trace == nil)
    }

    @Test("stays with a dead letter and a command")
    func values() throws {
        let context = try #require(TraceContext(parent))
        let letter = DeadLetter(
            service: "ingest",
            code: "x",
            reason: "x",
            origin: "web",
            time: Timestamp(microseconds: 0),
            payload: "{}",
            trace: context
        )
        let record = letter.record(at: Timestamp(microseconds: 1))
        #expect(record.trace == context)
        #expect(try DeadLetter(decoding: record.value) == letter)
    }
}
