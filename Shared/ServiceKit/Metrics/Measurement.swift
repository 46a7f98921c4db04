import Logging

/// Measures what is looked up and not counted, such as the room on a disk, at the moment when somebody asks.
public typealias Measurement = @Sendable (_ registry: PrometheusRegistry) async -> Void

/// Measures something that may not be there to measure: then the metric is missing, and the cause is logged.
public func measurement(
    _ body: @escaping @Sendable (_ registry: PrometheusRegistry) async throws -> Void
) -> Measurement {
    { registry in
        do {
            try await body(registry)
        } catch {
            Logger.current.warning("Something could not be measured", metadata: ["error": "\(error)"])
        }
    }
}
