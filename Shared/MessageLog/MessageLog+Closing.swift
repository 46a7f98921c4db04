extension MessageLog {
    /// Does nothing: who waits for a disk waits no longer than it takes.
    public func dismissWaiting() async {}

    /// Closes the log, however long its disk takes.
    public func close(by deadline: ContinuousClock.Instant) async {
        await close()
    }

    /// Does something, and closes the log, however that ends; nobody waits for it any more, so it has not long for that.
    public func closing(
        isolation: isolated (any Actor)? = #isolation,
        after body: () async throws -> Void
    ) async throws {
        do {
            try await body()
        } catch {
            await close(by: .now + closingPatience)
            throw error
        }
        await close(by: .now + closingPatience)
    }
}

private let closingPatience = Duration.seconds(3)
