import Glibc

/// The services' executables, which lie beside `kith` itself.
struct Programs: Sendable {
    private let directory: String

    /// Finds them, or says which one is missing.
    init() throws(CommandError) {
        let own = Files.absolute("/proc/self/exe")
        directory = String(own[..<(own.lastIndex(of: "/") ?? own.startIndex)])
        for service in ServiceName.allCases where access(path(of: service), X_OK) != 0 {
            throw CommandError(
                .failure,
                "The program “\(service.rawValue)” is not in \(directory), where this one lies.",
                remedy: "Build or install all of Kith: “make build”."
            )
        }
    }

    func path(of service: ServiceName) -> String {
        "\(directory)/\(service.rawValue)"
    }
}
