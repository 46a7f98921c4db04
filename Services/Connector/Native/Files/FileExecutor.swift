import Dispatch

/// Where a file is read: on a queue of its own, since the disk, or a server that has the file, may take its time.
final class FileExecutor: TaskExecutor {
    private let queue = DispatchQueue(label: "connector.file")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
