import HTTPTypes
import Hummingbird
import NIOCore
import ServiceKit

/// Reads a request's body within bounds: of size, of time, and of what all requests together may hold.
struct BodyReader: Sendable {
    let limits: Limits

    /// How a body ended.
    enum Outcome: Sendable {
        case whole([UInt8])
        /// Longer than is taken; with its beginning, as far as it was kept.
        case tooLarge(beginning: [UInt8])
        /// All requests together hold too much.
        case noRoom
        /// Not all there in time.
        case tooSlow
        /// It stood still while others needed its room.
        case stoodStill
    }

    /// How much room is made at once; what a body announces may never come.
    private static let firstRoom = 256 << 10
    /// A body so small has most often come with its head, and holds little room if it has not: it is not worth being watched.
    private static let smallBody = 16 << 10

    /// Reads to the end of the body, also of one that is refused, so that its sender gets to read the answer.
    ///
    /// The lease covers what has come. What a body announces costs nothing: else one that never comes would shut out all others.
    func read(_ request: Request, lease: inout BodyLease) async throws -> Outcome {
        let announced = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        if announced == 0, request.headers[.transferEncoding] == nil { return .whole([]) }
        let deadline = ContinuousClock.now + .seconds(limits.bodySeconds)
        let (body, share) = (request.body, lease.share)
        if (1...Self.smallBody).contains(announced) {
            return try await take(body, expecting: announced, until: deadline, share: share)
        }
        let room = share.comes()
        return try await withThrowingTaskGroup(of: Outcome?.self) { group in
            group.addTask { try await take(body, expecting: announced, until: deadline, share: share) }
            group.addTask { await Self.isOver(deadline) ? .tooSlow : nil }
            group.addTask {
                for await _ in room {}
                return Task.isCancelled ? nil : .stoodStill
            }
            defer { group.cancelAll() }
            while let end = try await group.next() {
                if let end { return end }
            }
            throw APIError.stopping
        }
    }

    /// Whether the time comes before the task is cancelled.
    private static func isOver(_ deadline: ContinuousClock.Instant) async -> Bool {
        while ContinuousClock.now < deadline, !Task.isCancelled {
            // A sleep that is cancelled is still kept until its end, so each is short.
            try? await Task.sleep(for: min(Duration.seconds(1), ContinuousClock.now.duration(to: deadline)))
        }
        return !Task.isCancelled
    }

    private func take(
        _ body: RequestBody,
        expecting count: Int,
        until deadline: ContinuousClock.Instant,
        share: BodyShare
    ) async throws -> Outcome {
        var iterator = body.makeAsyncIterator()
        guard count <= limits.bodyBytes else {
            return try await drain(&iterator, until: deadline, then: .tooLarge(beginning: []))
        }
        return try await collect(&iterator, expecting: count, until: deadline, share: share)
    }

    private func collect(
        _ iterator: inout RequestBody.AsyncIterator,
        expecting count: Int,
        until deadline: ContinuousClock.Instant,
        share: BodyShare
    ) async throws -> Outcome {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(count, Self.firstRoom))
        while let buffer = try await next(&iterator) {
            let total = bytes.count + buffer.readableBytes
            if total > limits.bodyBytes {
                let beginning = Array(bytes.prefix(limits.keptOfBody))
                bytes = []
                share.giveBack()
                return try await drain(&iterator, until: deadline, then: .tooLarge(beginning: beginning))
            }
            guard share.cover(total) else {
                bytes = []
                share.giveBack()
                return try await drain(&iterator, until: deadline, then: .noRoom)
            }
            if total > bytes.capacity, count >= total {
                bytes.reserveCapacity(max(total, min(count, bytes.capacity * 2)))
            }
            buffer.withUnsafeReadableBytes { bytes.append(contentsOf: $0) }
            if bytes.count == count { continue }
            if ContinuousClock.now > deadline { return .tooSlow }
        }
        // Cancelled because the service stops, the body seems to end where reading ended.
        guard !Task.isCancelled else { throw APIError.stopping }
        share.isThere()
        return .whole(bytes)
    }

    /// The next piece; what fails is the client's connection.
    private func next(_ iterator: inout RequestBody.AsyncIterator) async throws -> ByteBuffer? {
        do {
            return try await iterator.next()
        } catch {
            throw Task.isCancelled ? APIError.stopping : APIError.bodyCutShort
        }
    }

    /// Reads on without keeping anything, up to what is sensible.
    private func drain(
        _ iterator: inout RequestBody.AsyncIterator,
        until deadline: ContinuousClock.Instant,
        then outcome: Outcome
    ) async throws -> Outcome {
        var left = limits.bodyBytes * 2
        while left > 0, let buffer = try await next(&iterator) {
            left -= buffer.readableBytes
            if ContinuousClock.now > deadline { return .tooSlow }
        }
        return left > 0 ? outcome : .tooLarge(beginning: [])
    }
}

/// Ends a connection after its answer was written: what the client still sends is of no use.
struct ConnectionIsDone: Error {}

extension Response {
    /// The same answer, after which the connection is closed.
    func closingConnection() -> Response {
        let whole = body
        var headers = headers
        headers[.connection] = "close"
        headers[.contentLength] = nil
        return Response(
            status: status,
            headers: headers,
            body: ResponseBody { writer in
                // `write` ends the body, so nothing may be written after it.
                try await whole.write(writer)
                throw ConnectionIsDone()
            }
        )
    }
}
