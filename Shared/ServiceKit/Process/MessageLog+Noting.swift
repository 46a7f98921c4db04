public import MessageLog

extension MessageLog {
    /// Notes how far a consumer has come, as soon as the log takes it.
    ///
    /// - Parameter notice: Says when it has to wait.
    public func note(
        progress: [Partition: Offset],
        of consumer: String,
        in topic: String,
        _ notice: WaitNotice
    ) async throws {
        var hasWaited = false
        while true {
            do throws(MessageLogError) {
                try await record(progress: progress, of: consumer, in: topic)
                if hasWaited { notice.goesOn() }
                return
            } catch {
                guard error.isPassing else { throw error }
                notice.waits(because: error)
            }
            hasWaited = true
            try await Task.sleep(for: .seconds(1))
        }
    }
}
