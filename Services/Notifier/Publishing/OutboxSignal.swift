/// Tells the publisher that the outbox has something new; several such news are one.
struct OutboxSignal: Sendable {
    let news: AsyncStream<Void>
    private let sender: AsyncStream<Void>.Continuation

    init() {
        (news, sender) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        // What an earlier run left is published at once.
        sender.yield()
    }

    func send() {
        sender.yield()
    }
}
