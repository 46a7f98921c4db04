import Glibc

/// The services' executables, which lie beside `kith` itself.
struct Programs: Sendable {
    private let directory: String

    /// Finds those that are needed, or says which one is missing, and what does the same in a container.
    init(
        _ needed: [ServiceName] = ServiceName.allCases,
        inContainers command: String? = nil
    ) throws(CommandError) {
        let own = Files.absolute("/proc/self/exe")
        directory = String(own[..<(own.lastIndex(of: "/") ?? own.startIndex)])
        for service in needed where access(path(of: service), X_OK) != 0 {
            let other = command.map { " With containers it is: \($0)" } ?? ""
            throw CommandError(
                .failure,
                "The program “\(service.rawValue)” is not in \(directory), where this one lies.",
                remedy: "Build all of Kith with “make build”.\(other)"
            )
        }
    }

    func path(of service: ServiceName) -> String {
        "\(directory)/\(service.rawValue)"
    }
}
