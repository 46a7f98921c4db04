import Dispatch

/// Where a member beats: on a queue of its own, so that it is not taken for dead however busy the shared pool is.
///
/// A `Task.sleep` would not do: what wakes it runs on the pool.
final class BeatExecutor: TaskExecutor {
    private let queue = DispatchQueue(label: "kith.membership")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    /// Does something again and again until the timer is cancelled.
    func timer(every milliseconds: Int, _ body: @escaping @Sendable () -> Void) -> any DispatchSourceTimer {
        let timer = DispatchSource.makeTimerSource(queue: queue)
        timer.schedule(deadline: .now() + .milliseconds(milliseconds), repeating: .milliseconds(milliseconds))
        timer.setEventHandler(handler: body)
        timer.resume()
        return timer
    }
}
