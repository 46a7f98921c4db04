import Logging
import Metrics
import Synchronization

/// Sets up the logs and metrics systems, the first time it is called in a process.
func bootstrap(service: String, level: Logger.Level) -> Logger {
    LogThreshold.shared.configure(level)
    let first = isBootstrapped.exchange(true, ordering: .relaxed) == false
    if first {
        LoggingSystem.bootstrap { label in JSONLogHandler(label: label, threshold: .shared) }
        MetricsSystem.bootstrap(PrometheusFactory(registry: .shared))
    }
    return Logger(label: service)
}

private let isBootstrapped = Atomic(false)
