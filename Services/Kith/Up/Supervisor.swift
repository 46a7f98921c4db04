import Glibc
import ServiceKit

/// Keeps the four services running until it is asked to stop.
actor Supervisor {
    /// What the services are started with.
    struct Plan: Sendable {
        var directory: DataDirectory
        var programs: Programs
        var host: String
        var ports: PortPlan
        var keys: InstanceKeys
        var config: String?
        /// The identity rules' file.
        var identity: String?
        var logLevel: String
        var standardInput: Int32
    }

    private static let attemptsAtStart = 3
    /// What a service ends with that refuses its options, its environment or its configuration.
    private static let refusals: Set<Int32> = [EX_USAGE, EX_CONFIG]

    private struct Running {
        var process: ChildProcess
        var since: ContinuousClock.Instant
    }

    private let plan: Plan
    private let report: @Sendable (Report) -> Void
    private var running: [ServiceName: Running] = [:]
    private var ports: [ServiceName: Int] = [:]
    private var isStopping = false
    private var isReady = false

    init(plan: Plan, report: @escaping @Sendable (Report) -> Void) {
        self.plan = plan
        self.report = report
    }

    // MARK: Running

    /// Starts the service whenever it is not running; returns once all are to stop and this one has.
    ///
    /// Throws when the service refuses what it is started with, or ends by itself again and again, before all was ever
    /// ready: trying for ever would not help.
    func keepRunning(_ service: ServiceName) async throws {
        if service != .profile { await profileIsUp() }
        var backOff = BackOff()
        var attempts = 0
        while !isStopping {
            let (ending, time) = try await runOnce(service)
            if isStopping { return }
            if !isReady {
                attempts += ending.exitedWithFailure ? 1 : 0
                if Self.isRefusal(ending) || attempts == Self.attemptsAtStart { throw refusal(of: service) }
            }
            let pause = backOff.pause(after: ending, running: time)
            report(.ended(service, ending, again: pause))
            try? await Task.sleep(for: pause)
        }
    }

    private func runOnce(_ service: ServiceName) async throws -> (Ending, Duration) {
        Files.remove(plan.directory.portFile(of: service))
        let process = try ChildProcess(launch(of: service))
        let start = ContinuousClock.now
        running[service] = Running(process: process, since: start)
        try? Files.write(Array("\(process.id)\n".utf8), to: plan.directory.processFile(of: service))
        await process.ended()
        running[service] = nil
        return (process.reap(), ContinuousClock.now - start)
    }

    /// The first keys are stored by `profile`, and its port is what the others are told.
    ///
    /// It need not be ready: after a power cut it waits itself for what the others have on the log.
    private func profileIsUp() async {
        let limit = ContinuousClock.now + .seconds(30)
        while !isStopping, ContinuousClock.now < limit, running[.profile] == nil || boundPort(of: .profile) == nil {
            try? await Task.sleep(for: .milliseconds(25))
        }
    }

    // MARK: Readiness

    /// Returns true once every service is ready, false when it is time to stop first.
    func allReady() async -> Bool {
        for service in ServiceName.allCases {
            while await !answers(service) {
                if isStopping { return false }
                try? await Task.sleep(for: .milliseconds(25))
            }
        }
        isReady = !isStopping
        return isReady
    }

    /// The services that are not ready.
    func waitingFor() async -> [ServiceName] {
        var missing: [ServiceName] = []
        for service in ServiceName.allCases where await !answers(service) { missing.append(service) }
        return missing
    }

    func url(of service: ServiceName) -> String {
        Self.url(host: plan.host, port: ports[service] ?? plan.ports.port(of: service))
    }

    static func url(host: String, port: Int) -> String {
        let host = HealthProbe.reachable(host)
        return "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    private func answers(_ service: ServiceName) async -> Bool {
        guard running[service] != nil, let port = boundPort(of: service) else { return false }
        let host = plan.host
        return await offPool { HealthProbe.isReady(host: host, port: port) }
    }

    private func boundPort(of service: ServiceName) -> Int? {
        guard let bytes = try? Files.read(plan.directory.portFile(of: service)),
            let port = Int(String(decoding: bytes, as: UTF8.self).prefix { $0 != "\n" })
        else { return nil }
        // Kept, so that a service which is started again is found where it was.
        ports[service] = port
        return port
    }

    // MARK: Stopping

    /// Stops the services one after the other, in the reverse of the order in which they started.
    func stop() async {
        isStopping = true
        for service in ServiceName.allCases.reversed() {
            guard let process = running[service]?.process else { continue }
            await stop(process, of: service)
        }
    }

    /// Asks the process to end, and insists on it when ten seconds have passed.
    private func stop(_ process: ChildProcess, of service: ServiceName) async {
        process.send(signal: SIGTERM)
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await process.ended()
                return true
            }
            group.addTask {
                try? await Task.sleep(for: .seconds(10))
                return false
            }
            if await group.next() == false, running[service]?.process == process {
                report(.slow(service))
                process.send(signal: SIGKILL)
            }
            group.cancelAll()
        }
    }

    /// Ends what is still running, at once.
    func kill() {
        for child in running.values { child.process.send(signal: SIGKILL) }
    }
}

// MARK: - What a service is started with

extension Supervisor {
    private func launch(of service: ServiceName) -> Launch {
        var arguments = [
            "--data", plan.directory.path, "--instance", service.rawValue, "--host", plan.host,
            "--port", "\(ports[service] ?? plan.ports.port(of: service))",
            "--port-file", plan.directory.portFile(of: service), "--log-level", plan.logLevel, "--supervised",
        ]
        if let config = plan.config { arguments += ["--config", config] }
        if let identity = plan.identity { arguments += ["--identity", identity] }
        return Launch(
            program: plan.programs.path(of: service),
            arguments: arguments,
            environment: environment(of: service),
            standardInput: plan.standardInput,
            outputPath: plan.directory.output(of: service)
        )
    }

    private func environment(of service: ServiceName) -> [String: String] {
        var environment = ProcessEnvironment.inherited
        // A crash report would show memory, and with it people's data.
        environment["SWIFT_BACKTRACE"] = environment["SWIFT_BACKTRACE"] ?? "enable=no"
        switch service {
        case .profile:
            environment["KITH_WRITE_KEY"] = plan.keys.write
            environment["KITH_READ_KEY"] = plan.keys.read
            environment["KITH_ADMIN_KEY"] = plan.keys.admin
        case .notifier:
            environment["KITH_READ_KEY"] = plan.keys.read
            environment["KITH_PROFILE_URL"] = url(of: .profile)
        case .ingest, .connector:
            break
        }
        return environment
    }

    /// Whether the service would end in the same way again.
    private static func isRefusal(_ ending: Ending) -> Bool {
        if case .exited(let code) = ending { refusals.contains(code) } else { false }
    }

    private func refusal(of service: ServiceName) -> CommandError {
        let reason = OutputTail(path: plan.directory.output(of: service)).lastProblem()
        return CommandError(
            .failure,
            "\(service.rawValue) cannot start. \(reason ?? "")",
            remedy: "Its log is \(plan.directory.output(of: service))."
        )
    }
}
