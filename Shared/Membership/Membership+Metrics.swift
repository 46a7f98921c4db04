public import ServiceKit

extension Membership {
    /// What the measured names mean, for a service.
    public static func descriptions(for service: String) -> [String: String] {
        [
            "kith_\(service)_members": "Processes that share the work, this one among them.",
            "kith_\(service)_leases": "Parts of the work that this process has.",
        ]
    }

    /// Measures who shares the work, for a service.
    public func measurement(for service: String) -> Measurement {
        { registry in
            registry.gauge("kith_\(service)_members", Double(self.present))
            registry.gauge("kith_\(service)_leases", Double(self.held.count))
        }
    }
}
