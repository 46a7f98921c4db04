import Dispatch

/// Wakes readers when a head mark changes or a lane appears, in whatever process.
///
/// It watches the root for new topics, a topic for new lanes, a lane for its head file to be made, and a head file for
/// new marks. A directory is watched before it is listed, so nothing appears unseen in between.
actor Wakeups {
    private struct Listener {
        var topics: Set<String>
        var continuation: AsyncStream<Void>.Continuation
    }

    /// What a watch stands for.
    private enum Place {
        case root
        case directory(topic: String)
        case head(topic: String)
    }

    private nonisolated let executor = QueueExecutor("log.wakeups")
    private let root: String
    private let fileSystem: any FileSystem
    /// Made for the first listener: a user may have only so many of them (128 by default).
    private var inotify: Inotify?
    private var source: (any DispatchSourceRead)?
    private var places: [Int32: Place] = [:]
    private var listeners: [Int: Listener] = [:]
    private var lastListener = 0
    private var isClosed = false
    /// Looks for changes by the clock where the kernel has no watch left to give.
    private var substitute: (any DispatchSourceTimer)?

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(root: String, fileSystem: any FileSystem) {
        self.root = root
        self.fileSystem = fileSystem
    }

    isolated deinit { source?.cancel() }

    /// Yields once everything there is is watched, and then at each change.
    nonisolated func news(of topics: [String]) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        executor.schedule { self.assumeIsolated { $0.add(Listener(topics: Set(topics), continuation: continuation)) } }
        return stream
    }

    func close() {
        isClosed = true
        source?.cancel()
        substitute?.cancel()
        for listener in listeners.values { listener.continuation.finish() }
        listeners = [:]
    }

    private func notices() throws(FileError) -> Inotify {
        if let inotify { return inotify }
        let inotify = try Inotify()
        let source = DispatchSource.makeReadSource(fileDescriptor: inotify.file.descriptor, queue: executor.events)
        source.setEventHandler { [weak self] in self?.assumeIsolated { $0.deliver() } }
        // The descriptor must not close before the source has let go of it.
        source.setCancelHandler { withExtendedLifetime(inotify) {} }
        source.resume()
        self.source = source
        self.inotify = inotify
        return inotify
    }

    private func add(_ listener: Listener) {
        guard !isClosed else {
            listener.continuation.finish()
            return
        }
        lastListener += 1
        let number = lastListener
        listeners[number] = listener
        listener.continuation.onTermination = { [weak self] _ in
            guard let self else { return }
            executor.schedule { self.assumeIsolated { $0.listeners[number] = nil } }
        }
        watch(listener.topics)
        listener.continuation.yield()
    }

    private func deliver() {
        guard let inotify else { return }
        var changed: Set<String> = []
        var grown: Set<String> = []
        for number in inotify.seen() {
            switch places[number] {
            case .head(let topic): changed.insert(topic)
            case .directory(let topic): grown.insert(topic)
            case .root, nil: grown.formUnion(listeners.values.flatMap(\.topics))
            }
        }
        watch(grown)
        tell(changed.union(grown))
    }

    private func tell(_ topics: Set<String>) {
        for listener in listeners.values where !listener.topics.isDisjoint(with: topics) {
            listener.continuation.yield()
        }
    }

    /// Watches everything of the topics that there is.
    private func watch(_ topics: Set<String>) {
        do {
            try watch(root, for: Inotify.appearance, as: .root)
            for topic in topics { try watch(topic) }
        } catch {
            lookByTheClock()
        }
    }

    private func watch(_ topic: String) throws(FileError) {
        let directory = "\(root)/\(topic)"
        guard try watch(directory, for: Inotify.appearance, as: .directory(topic: topic)) else { return }
        for name in try fileSystem.list(directory) where name != LanePaths.consumers && Partition.isName(name) {
            try watch("\(directory)/\(name)", for: Inotify.appearance, as: .directory(topic: topic))
            try watch("\(directory)/\(name)/head", for: Inotify.change, as: .head(topic: topic))
        }
    }

    @discardableResult
    private func watch(_ path: String, for mask: UInt32, as place: Place) throws(FileError) -> Bool {
        guard let number = try notices().watch(path, for: mask) else { return false }
        places[number] = place
        return true
    }

    private func lookByTheClock() {
        guard substitute == nil, !isClosed else { return }
        let timer = DispatchSource.makeTimerSource(queue: executor.events)
        timer.setEventHandler { [weak self] in
            self?.assumeIsolated { wakeups in wakeups.tell(Set(wakeups.listeners.values.flatMap(\.topics))) }
        }
        timer.schedule(deadline: .now() + 1, repeating: 1)
        timer.resume()
        substitute = timer
    }
}
