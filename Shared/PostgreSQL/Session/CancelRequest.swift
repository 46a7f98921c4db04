import CPostgres
import Dispatch

/// A request to stop what a connection is doing, which outlives the connection.
struct CancelRequest: Sendable {
    /// The pointer as a number, because a pointer cannot cross threads as a value.
    private let address: UInt

    init(adopting request: OpaquePointer) {
        address = UInt(bitPattern: request)
    }

    /// Sends it on a thread of its own, once; whether it came too late nobody can know.
    ///
    /// - Returns: Is done when the server is done with it. It signals twice for each request: until then the second one may
    ///   still hit the next statement.
    func send() -> DispatchGroup {
        let sending = DispatchGroup()
        DispatchQueue(label: "postgresql.cancel").async(group: sending) {
            let request = OpaquePointer(bitPattern: address)
            var reason = [CChar](repeating: 0, count: 256)
            _ = PQcancel(request, &reason, Int32(reason.count))
            PQfreeCancel(request)
        }
        return sending
    }
}
