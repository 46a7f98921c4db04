import CNATS
import Glibc

/// A TCP connection of this process, known by the ports of its ends.
struct SocketEnds: Equatable {
    private let local: UInt16
    private let remote: UInt16

    /// Those of a connection to a NATS server; nil while there is none.
    init?(of connection: OpaquePointer?) {
        var address: UnsafeMutablePointer<CChar>?
        var port: Int32 = 0
        guard natsConnection_GetLocalIPAndPort(connection, &address, &port) == NATS_OK else { return nil }
        free(address)
        var url = [CChar](repeating: 0, count: 1024)
        guard natsConnection_GetConnectedUrl(connection, &url, url.count) == NATS_OK else { return nil }
        let text = String(decoding: url.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let remote = text.split(separator: ":").last.flatMap({ UInt16($0) }) else { return nil }
        local = UInt16(truncatingIfNeeded: port)
        self.remote = remote
    }

    /// Those of a socket; nil if the descriptor is of something else.
    private init?(descriptor: Int32) {
        guard let local = Self.port({ getsockname(descriptor, $0, $1) }),
            let remote = Self.port({ getpeername(descriptor, $0, $1) })
        else { return nil }
        self.local = local
        self.remote = remote
    }

    /// Breaks the connection, as a network does: whoever uses it finds it ended.
    ///
    /// Should the descriptor become another connection's at that very moment, that one is broken, which it must be able to bear.
    func breakConnection() {
        for name in (try? POSIXFileSystem().list("/proc/self/fd")) ?? [] {
            guard let descriptor = Int32(name), SocketEnds(descriptor: descriptor) == self else { continue }
            shutdown(descriptor, Int32(SHUT_RDWR))
        }
    }

    private static func port(
        _ ask: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) -> UInt16? {
        var address = sockaddr_in6()
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let isKnown = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { ask($0, &size) == 0 }
        }
        let families = [sa_family_t(AF_INET), sa_family_t(AF_INET6)]
        guard isKnown, families.contains(address.sin6_family) else { return nil }
        // Of both families it stands in the same place.
        return UInt16(bigEndian: address.sin6_port)
    }
}
