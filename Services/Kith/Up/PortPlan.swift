import Glibc

/// Which port each service listens on: four in a row, or any that are free.
struct PortPlan: Sendable, Equatable {
    /// The first of the four; 0 lets the system choose each.
    let first: Int

    func port(of service: ServiceName) -> Int {
        first == 0 ? 0 : first + service.portIndex
    }

    /// Refuses ports that do not exist or that cannot be listened on.
    func checked(on host: String) throws(CommandError) -> PortPlan {
        guard (0...65_532).contains(first) else {
            throw CommandError(.usage, "There is no port \(first).", remedy: "Give --port from 0 to 65532.")
        }
        guard first > 0 else { return self }
        // In the order of the ports, so that it is always the first taken one that is named.
        for service in ServiceName.byPort {
            guard let code = PortPlan.refusal(of: port(of: service), on: host) else { continue }
            throw problem(code, of: service, on: host)
        }
        return self
    }

    private func problem(_ code: Int32, of service: ServiceName, on host: String) -> CommandError {
        let port = port(of: service)
        guard code == EADDRINUSE else {
            return CommandError(
                .failure,
                "\(service.rawValue) cannot listen on port \(port) of \(host): \(String(cString: strerror(code))).",
                remedy: "Choose others with --host and --port."
            )
        }
        return CommandError(
            .failure,
            "Port \(port), meant for \(service.rawValue), is in use.",
            remedy: "Stop what uses it, or choose others: --port 0 takes any free ones."
        )
    }

    /// Why the system would not let a service listen there, as its error number; `nil` when it would.
    private static func refusal(of port: Int, on host: String) -> Int32? {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(clamping: port).bigEndian)
        // What is no IPv4 address is left to the services to bind.
        guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else { return nil }
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var reuse: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        let isFree = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        return isFree ? nil : errno
    }
}
