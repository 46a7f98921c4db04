public import CoreMetrics
import Synchronization

/// Gives swift-metrics handlers whose values a ``PrometheusRegistry`` can write out.
public struct PrometheusFactory: MetricsFactory {
    private let registry: PrometheusRegistry

    /// Creates a factory that adds to the registry.
    public init(registry: PrometheusRegistry) {
        self.registry = registry
    }

    /// The counter of this name and these labels.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        registry.series(label, dimensions, of: .counter)
    }

    /// The counter of this name and these labels.
    public func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        registry.series(label, dimensions, of: .counter)
    }

    /// The gauge of this name and these labels.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        registry.series(label, dimensions, of: .gauge)
    }

    /// A histogram of sizes, or a gauge when nothing is aggregated.
    public func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        registry.series(label, dimensions, of: aggregate ? .histogram(.sizes) : .gauge)
    }

    /// A histogram of durations in seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        registry.series(label, dimensions, of: .histogram(.seconds))
    }

    // Series live as long as the process: a scraper must not see a counter vanish.
    /// Keeps the series.
    public func destroyCounter(_ handler: any CounterHandler) {}
    /// Keeps the series.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    /// Keeps the series.
    public func destroyMeter(_ handler: any MeterHandler) {}
    /// Keeps the series.
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    /// Keeps the series.
    public func destroyTimer(_ handler: any TimerHandler) {}
}
