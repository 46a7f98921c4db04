import Logging
import Synchronization

/// Measures what is looked up and not counted, such as the room on a disk, at the moment when somebody asks.
public typealias Measurement = @Sendable (_ registry: PrometheusRegistry) async -> Void

/// Measures something that may not be there to measure, or not in time: then the metric is missing, and the cause is logged.
///
/// By default it gives up well before a scraper does, who would take the whole service for dead.
public func measurement(
    within limit: Duration = .seconds(4),
    _ body: @escaping @Sendable (_ registry: PrometheusRegistry) async throws -> Void
) -> Measurement {
    let told = ToldNames()
    return { registry in
        let measured = PrometheusRegistry()
        do {
            let isOver = try await within(limit) { try await body(measured) } != nil
            if !isOver { Logger.current.warning("Something could not be measured in time") }
        } catch {
            Logger.current.warning("Something could not be measured", metadata: ["error": "\(error)"])
        }
        told.replace(in: registry, with: measured)
    }
}

/// The names of what a measurement told last: what it does not tell again is gone, and not as it was.
private final class ToldNames: Sendable {
    private let names = Mutex<Set<String>>([])

    func replace(in registry: PrometheusRegistry, with measured: PrometheusRegistry) {
        names.withLock { $0 = registry.replace($0, with: measured) }
    }
}
