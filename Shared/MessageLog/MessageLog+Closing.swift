extension MessageLog {
    /// Does something, and closes the log, however that ends.
    public func closing(
        isolation: isolated (any Actor)? = #isolation,
        after body: () async throws -> Void
    ) async throws {
        do {
            try await body()
        } catch {
            await close()
            throw error
        }
        await close()
    }
}
