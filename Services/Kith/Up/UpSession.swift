import Glibc

/// One run of `kith up`: start, tell, watch, stop.
struct UpSession: Sendable {
    private enum Part: Sendable {
        case service
        case announcement
        case watch
        case endRequested
    }

    let plan: Supervisor.Plan
    let readyFile: String?
    let loadsSample: Bool

    func run() async throws {
        try await serve()
        UpSession.tell(.stopped)
    }

    /// Returns once everything has stopped; nobody is told then that it runs.
    private func serve() async throws {
        defer { removeReadyFiles() }
        let supervisor = Supervisor(plan: plan) { UpSession.tell($0) }
        let signals = Signals()
        UpSession.tell(.starting(directory: plan.directory.path))
        try await withThrowingTaskGroup(of: Part.self) { group in
            add(to: &group, supervisor, signals.received)
            try await finish(&group, supervisor)
        }
        withExtendedLifetime(signals) {}
    }

    private func add(
        to group: inout ThrowingTaskGroup<Part, any Error>,
        _ supervisor: Supervisor,
        _ signals: AsyncStream<Int32>
    ) {
        for service in ServiceName.allCases {
            group.addTask {
                try await supervisor.keepRunning(service)
                return .service
            }
        }
        group.addTask {
            try await announce(supervisor)
            return .announcement
        }
        group.addTask {
            await watchOutputs()
            return .watch
        }
        group.addTask {
            await heed(signals, supervisor)
            return .endRequested
        }
    }

    /// Stops everything at the first request or failure, and waits until it has stopped.
    private func finish(_ group: inout ThrowingTaskGroup<Part, any Error>, _ supervisor: Supervisor) async throws {
        do {
            while let part = try await group.next() {
                guard case .endRequested = part else { continue }
                group.cancelAll()
            }
        } catch {
            await supervisor.stop()
            group.cancelAll()
            throw error
        }
    }

    /// Stops at the first signal; a second one does not wait.
    private func heed(_ signals: AsyncStream<Int32>, _ supervisor: Supervisor) async {
        for await _ in signals { break }
        guard !Task.isCancelled else { return }
        UpSession.tell(.stopping)
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await supervisor.stop()
                return true
            }
            group.addTask {
                for await _ in signals { await supervisor.kill() }
                return false
            }
            while let hasStopped = await group.next(), !hasStopped {}
            group.cancelAll()
        }
    }

    private func announce(_ supervisor: Supervisor) async throws {
        guard await isReady(supervisor) else { return }
        let ready = await readyContents(supervisor)
        try ready.write(to: plan.directory.readyFile)
        let person = await loadedSample(ready)
        if let readyFile { try ready.write(to: readyFile) }
        Terminal.output.line(Welcome(ready: ready, person: person).rendered(on: .output))
    }

    /// Loads the sample, when it was asked for, and names somebody in it.
    ///
    /// Without the sample everything else still runs; the next start tries again.
    private func loadedSample(_ ready: ReadyFile) async -> String? {
        let directory = plan.directory
        let files = SampleFiles(shop: SampleShop(people: 60, seed: 1), directory: directory.sampleDirectory)
        let person = "email:\(files.shop.bestKnown.email)"
        guard loadsSample else { return Files.exists(directory.sampleMark) ? person : nil }
        do {
            try files.write()
            try await SampleLoader(files: files, instance: Instance(ready)).load()
            try Files.write([], to: directory.sampleMark)
            return person
        } catch {
            UpSession.tell(.noSample("\(error)"))
            return nil
        }
    }

    /// Whether every service became ready; says now and then what is still waited for.
    private func isReady(_ supervisor: Supervisor) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { await supervisor.allReady() }
            group.addTask {
                while (try? await Task.sleep(for: .seconds(15))) != nil {
                    UpSession.tell(.waiting(await supervisor.waitingFor()))
                }
                return false
            }
            let isReady = await group.next() ?? false
            group.cancelAll()
            return isReady
        }
    }

    private func readyContents(_ supervisor: Supervisor) async -> ReadyFile {
        var urls: [ServiceName: String] = [:]
        for service in ServiceName.allCases { urls[service] = await supervisor.url(of: service) }
        return ReadyFile(process: getpid(), data: plan.directory.path, urls: urls, keys: plan.keys)
    }

    private func removeReadyFiles() {
        Files.remove(plan.directory.readyFile)
        if let readyFile { Files.remove(readyFile) }
    }

    private func watchOutputs() async {
        var tails = ServiceName.allCases.map { ($0, OutputTail(path: plan.directory.output(of: $0), fromEnd: true)) }
        while !Task.isCancelled {
            for index in tails.indices {
                for problem in tails[index].1.news() { UpSession.tell(.problem(tails[index].0, problem)) }
                tails[index].1.trim()
            }
            try? await Task.sleep(for: .seconds(1))
        }
    }

    private static func tell(_ report: Report) {
        Terminal.errors.line(report.rendered(on: .errors))
    }
}
