/// What every service measures of itself: its process, its disk, its version and whether it is ready.
struct CommonMetrics: Sendable {
    let service: String
    let data: String
    let readiness: Readiness

    /// What the names mean.
    var descriptions: [String: String] {
        [
            "kith_\(service)_build_info": "Always 1; the label says which version this is.",
            "kith_\(service)_ready": "1 when the service can do its work.",
            "kith_\(service)_disk_free_bytes": "Room left on the disk of the data directory.",
            "kith_\(service)_disk_size_bytes": "Size of the disk of the data directory.",
            "kith_\(service)_http_request_seconds": "Time from a request's head to its answer's.",
            "kith_\(service)_log_append_seconds": "Time until an append to the log was durable.",
            "process_resident_memory_bytes": "Memory that is resident.",
            "process_virtual_memory_bytes": "Address space in use.",
            "process_cpu_seconds_total": "Processor time, of user and system.",
            "process_open_fds": "File descriptors that are open.",
            "process_max_fds": "File descriptors that may be open.",
            "process_start_time_seconds": "When the process began, since 1970.",
        ]
    }

    func measure(into registry: PrometheusRegistry) {
        registry.gauge("kith_\(service)_build_info", [([("version", KithVersion.current)], 1)])
        registry.gauge("kith_\(service)_ready", readiness.isReady ? 1 : 0)
        if let disk = DiskReading(of: data) {
            registry.gauge("kith_\(service)_disk_free_bytes", disk.free)
            registry.gauge("kith_\(service)_disk_size_bytes", disk.size)
        }
        guard let process = ProcessReading.now() else { return }
        registry.gauge("process_resident_memory_bytes", process.residentBytes)
        registry.gauge("process_virtual_memory_bytes", process.virtualBytes)
        registry.counter("process_cpu_seconds_total", [([], process.processorSeconds)])
        registry.gauge("process_open_fds", process.openFiles)
        registry.gauge("process_max_fds", process.mostFiles)
        registry.gauge("process_start_time_seconds", process.start)
    }
}

extension ServiceProcess {
    /// What every service measures of itself; with it, what all its metrics mean is told.
    ///
    /// - Parameter descriptions: What those of its own mean, by their names.
    public func commonMeasurement(describing descriptions: [String: String]) -> Measurement {
        let metrics = CommonMetrics(service: name, data: options.data, readiness: readiness)
        PrometheusRegistry.shared.describe(metrics.descriptions)
        PrometheusRegistry.shared.describe(descriptions)
        return { metrics.measure(into: $0) }
    }
}
