/// The four services, in the order in which they start; they stop in the reverse order.
enum ServiceName: String, CaseIterable, Sendable {
    /// First, because it stores the first keys that the others read.
    case profile
    case ingest
    case connector
    case notifier

    /// The services in the order of their ports.
    static var byPort: [ServiceName] { allCases.sorted { $0.portIndex < $1.portIndex } }

    /// Its place among the four ports.
    var portIndex: Int {
        switch self {
        case .ingest: 0
        case .profile: 1
        case .connector: 2
        case .notifier: 3
        }
    }
}
