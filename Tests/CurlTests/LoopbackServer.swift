import Dispatch
import Glibc

/// A server on the loopback address that gives every connection the same bytes.
final class LoopbackServer: Sendable {
    let port: Int
    private let listener: Int32

    /// Answers each connection by `answer`, which gets the descriptor once a whole header has been read.
    convenience init(answer: @escaping @Sendable (Int32, String) -> Void) {
        self.init { connection in answer(connection, Self.header(from: connection)) }
    }

    /// Has a conversation on each connection, and closes it then.
    init(conversation: @escaping @Sendable (Int32) -> Void) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(listener, $0, size)
                _ = listen(listener, 16)
                _ = getsockname(listener, $0, &size)
            }
        }
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        DispatchQueue(label: "loopback").async {
            while case let connection = accept(listener, nil, nil), connection >= 0 {
                DispatchQueue(label: "loopback.connection").async {
                    conversation(connection)
                    close(connection)
                }
            }
            // Only now: who still accepted would take the connections of whoever is given the number next.
            close(listener)
        }
    }

    /// A server whose answer is a text, after which it closes the connection.
    convenience init(_ text: String) {
        self.init { connection, _ in Self.write(text, to: connection) }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    /// The next line without its end; `nil` when the connection is closed.
    static func line(from connection: Int32) -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while recv(connection, &byte, 1, 0) == 1 {
            if byte == 10 { return String(decoding: bytes, as: UTF8.self) }
            if byte != 13 { bytes.append(byte) }
        }
        return nil
    }

    static func write(_ text: String, to connection: Int32) {
        let bytes = Array(text.utf8)
        var start = 0
        while start < bytes.count {
            let sent = bytes[start...].withUnsafeBytes {
                send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { return }
            start += sent
        }
    }

    /// A request's header, with what of its body came along; empty when there is no other request.
    static func header(from connection: Int32) -> String {
        var request: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while !String(decoding: request, as: UTF8.self).contains("\r\n\r\n") {
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { break }
            request += chunk[..<count]
        }
        return String(decoding: request, as: UTF8.self)
    }
}
