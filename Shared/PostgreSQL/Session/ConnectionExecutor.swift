import Dispatch

/// Runs an actor's jobs on a thread of its own, so that waiting for a server blocks none of the shared pool.
final class ConnectionExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "postgresql")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func checkIsolated() {
        dispatchPrecondition(condition: .onQueue(queue))
    }
}
