import Glibc

/// Asks a service on this machine whether it is ready, without an HTTP client.
public enum HealthProbe {
    /// Whether `GET /ready` answers 200 within two seconds.
    public static func isReady(host: String, port: Int) -> Bool {
        var wish = addrinfo()
        wish.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(reachable(host), "\(port)", &wish, &found) == 0 else { return false }
        defer { freeaddrinfo(found) }
        var next = found
        while let address = next {
            if answers(address.pointee) { return true }
            next = address.pointee.ai_next
        }
        return false
    }

    /// Where a server is reached that listens on this address: one on every address is on the loopback one.
    public static func reachable(_ host: String) -> String {
        switch host {
        case "0.0.0.0": "127.0.0.1"
        case "::": "::1"
        default: host
        }
    }

    private static func answers(_ address: addrinfo) -> Bool {
        let descriptor = socket(address.ai_family, address.ai_socktype, address.ai_protocol)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return setDeadline(descriptor) && connect(descriptor, address.ai_addr, address.ai_addrlen) == 0
            && ask(descriptor)
    }

    private static func setDeadline(_ descriptor: Int32) -> Bool {
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        return setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size) == 0
            && setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size) == 0
    }

    private static func ask(_ descriptor: Int32) -> Bool {
        let request = Array("GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            return false
        }
        var answer = [UInt8](repeating: 0, count: 12)
        guard recv(descriptor, &answer, answer.count, Int32(MSG_WAITALL)) == answer.count else { return false }
        return answer.elementsEqual("HTTP/1.1 200".utf8)
    }
}
