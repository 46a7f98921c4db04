import HTTPTypes
import Hummingbird
import NIOCore
import ServiceKit
import Synchronization
import Testing

@testable import IngestService

@Suite("The body of a request")
struct BodyReaderTests {
    /// Reads a body of pieces of ten bytes, and notes before each, and at the end, how much of the budget is in use.
    private func read(
        _ count: Int,
        announcing announced: Int,
        of budget: BodyBudget
    ) async throws -> (outcome: BodyReader.Outcome, inUse: [Int]) {
        let seen = Mutex<[Int]>([])
        let pieces = AsyncStream<ByteBuffer>(unfolding: {
            seen.withLock { seen in
                seen.append(budget.inUse)
                return seen.count > count ? nil : ByteBuffer(repeating: 0, count: 10)
            }
        })
        var lease = BodyLease(of: budget)
        let request = Request(head: Self.head(announcing: announced), body: RequestBody(asyncSequence: pieces))
        let outcome = try await BodyReader(limits: Limits()).read(request, lease: &lease)
        _ = consume lease
        return (outcome, seen.withLock { $0 })
    }

    private static func head(announcing announced: Int) -> HTTPRequest {
        HTTPRequest(
            method: .post,
            scheme: "http",
            authority: "kith",
            path: "/v1/batch",
            headerFields: [.contentLength: "\(announced)"]
        )
    }

    @Test("takes of the budget what has come of it, and not what it announces", arguments: [30, 20 << 20])
    func announced(count: Int) async throws {
        let budget = BodyBudget(limit: 20 << 20)
        let (outcome, inUse) = try await read(3, announcing: count, of: budget)
        guard case .whole(let bytes) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(bytes.count == 30)
        #expect(inUse == [0, 10, 20, 30])
        #expect(budget.inUse == 0)
    }

    @Test("is its sender's fault when the connection breaks in the middle of it", arguments: [30, 30 << 20])
    func breaks(announced: Int) async throws {
        let pieces = AsyncThrowingStream<ByteBuffer, any Error> { pieces in
            pieces.yield(ByteBuffer(repeating: 0, count: 10))
            pieces.finish(throwing: ChannelError.eof)
        }
        let request = Request(head: Self.head(announcing: announced), body: RequestBody(asyncSequence: pieces))
        await #expect(throws: APIError.bodyCutShort) {
            var lease = BodyLease(of: BodyBudget(limit: 20 << 20))
            _ = try await BodyReader(limits: Limits()).read(request, lease: &lease)
        }
    }

    @Test("is not waited for any longer than it may take, though nothing comes", .timeLimit(.minutes(5)))
    func tooSlow() async throws {
        let (pieces, source) = AsyncStream.makeStream(of: ByteBuffer.self)
        var limits = Limits()
        limits.bodySeconds = 0
        var lease = BodyLease(of: BodyBudget(limit: 20 << 20))
        let request = Request(head: Self.head(announcing: 1 << 20), body: RequestBody(asyncSequence: pieces))
        let outcome = try await BodyReader(limits: limits).read(request, lease: &lease)
        guard case .tooSlow = outcome else {
            Issue.record("\(outcome)")
            return
        }
        source.finish()
    }

    @Test("gives back what it has of the budget when there is no room for the rest")
    func noRoom() async throws {
        let budget = BodyBudget(limit: 50)
        let other = BodyLease(of: budget)
        let isCovered = other.share.cover(30)
        #expect(isCovered)
        let (outcome, inUse) = try await read(4, announcing: 40, of: budget)
        guard case .noRoom = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(inUse == [30, 40, 50, 30, 30])
        _ = consume other
    }
}
