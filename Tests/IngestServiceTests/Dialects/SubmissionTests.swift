import Events
import Testing

@testable import IngestService

@Suite("A body")
struct SubmissionTests {
    private func read(_ text: String, limits: Limits = Limits()) throws -> Submission {
        try Submission(Array(text.utf8), dialect: nil, limits: limits)
    }

    private func code(_ text: String, limits: Limits = Limits()) -> String? {
        do {
            _ = try read(text, limits: limits)
            return nil
        } catch {
            return (error as? Submission.Unreadable)?.code
        }
    }

    @Test("is one event, a batch or an array of events")
    func shapes() throws {
        #expect(try read(#"{"type":"page"}"#).isSingle)
        #expect(try read(#"{"batch":[{},{}]}"#).items.count == 2)
        #expect(try read(#"[{},{},{}]"#).items.count == 3)
        #expect(try read(#"{"batch":[]}"#).items.isEmpty)
    }

    @Test(
        "tells whose it is",
        arguments: [
            (#"{"api_key":"k","batch":[]}"#, Dialect.posthog), (#"{"writeKey":"k","batch":[]}"#, .segment),
            (#"[{"event":"x","properties":{"token":"k","distinct_id":"u"}}]"#, .posthog),
            (#"{"batch":[{"type":"page","userId":"1"}],"sentAt":"x"}"#, .segment),
            (#"{"event":"x","distinct_id":"u"}"#, .posthog), (#"{"event":"x","userId":"u"}"#, .segment),
            (#"{"$token":"k","$distinct_id":"u","$set":{}}"#, .posthog),
            (#"{"event":"x","userId":"u","properties":{"token":"own"}}"#, .segment),
            (#"{"event":"x","anonymousId":"a","properties":{"distinct_id":"own"}}"#, .segment),
            (#"{"historical_migration":true,"batch":[{"type":"page","userId":"1"}]}"#, .segment),
            (#"{"historical_migration":true,"batch":[{"event":"x","distinct_id":"u"}]}"#, .posthog),
        ]
    )
    func dialects(text: String, dialect: Dialect) throws {
        #expect(try read(text).dialect == dialect)
    }

    @Test(
        "is refused as a whole only when its structure is broken",
        arguments: [
            ("", "invalid_json"), ("nonsense", "invalid_json"), (#"{"batch":[{}]"#, "invalid_json"),
            ("7", "invalid_json"),
            (#"{"batch":{}}"#, "invalid_batch"), (#"{"batch":[],"batch":[]}"#, "invalid_json"),
            (#"{"batch":[],"sentAt":"\u0000"}"#, "invalid_json"), (#"{"data":[],"data":[]}"#, "invalid_json"),
            (#"{"batch":[],"data":["\u0000"]}"#, "invalid_json"), (#"{"batch":[]} x"#, "invalid_json"),
        ]
    )
    func broken(text: String, code: String) {
        #expect(self.code(text) == code)
    }

    @Test("may not have more events than one request can be answered for")
    func tooMany() {
        var limits = Limits()
        limits.events = 2
        #expect(code(#"{"batch":[{},{},{}]}"#, limits: limits) == "too_many_events")
    }

    @Test("may not say for all its events what becomes too much when each of them has it")
    func sharedContext() {
        var limits = Limits()
        limits.sharedBytes = 50
        let batch = #"{"batch":[{},{},{}],"context":{"ip":"1.2.3"#
        #expect(code(batch + #""}}"#, limits: limits) == nil)
        #expect(code(batch + #".4.5.6"}}"#, limits: limits) == "invalid_batch")
    }

    @Test(
        "loses one bad event and no other",
        arguments: [
            #"{"type":"track","event":"x\u0000","userId":"1"}"#, #"{"type":"page","userId":"1","userId":"2"}"#,
            #"{"type":"page","userId":"1","n":NaN}"#, #"{"type":"page","userId":"\ud800"}"#, "5", "null", #""x""#, "[]",
            #"{"type":"page","userId":"1","x":\#(String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000))}"#,
        ]
    )
    func salvage(bad: String) throws {
        let good = #"{"type":"page","userId":"1"}"#
        for key in ["batch", "data"] {
            let verdicts = try judge(#"{"\#(key)":[\#(good),\#(bad),\#(good)]}"#)
            let isAdmitted = verdicts.map { if case .admitted = $0 { true } else { false } }
            #expect(isAdmitted == [true, false, true])
        }
    }

    @Test("loses an event that is not UTF-8 and no other")
    func invalidUTF8() throws {
        let good = Array(#"{"type":"page","userId":"1"}"#.utf8)
        let bad = Array(#"{"type":"page","userId":"1","x":""#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8)
        let body = Array(#"{"batch":["#.utf8) + good + Array(",".utf8) + bad + Array(",".utf8) + good + Array("]}".utf8)
        let submission = try Submission(body, dialect: nil, limits: Limits())
        let delivery = submission.delivery(receivedAt: noon, sentAt: nil, limits: Limits())
        let admitted = submission.items.map { item -> Bool in
            if case .admitted = submission.dialect.judge(item, of: delivery) { true } else { false }
        }
        #expect(admitted == [true, false, true])
    }
}
