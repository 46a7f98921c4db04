import Synchronization

/// What was found by going through all of the store: a transaction that is made again does not do so a second time.
///
/// It holds as long as nothing else is written between the attempts, and each of them asks of the same people.
struct WholePasses: Sendable {
    /// By what others were told with an address of somebody in it, and when.
    typealias Told = (owner: Int, identifier: Int64, time: Int64)
    /// An identifier that is written as an address of somebody is.
    typealias Namesake = (owner: Int, id: Int64)

    let told = WholePass<Told>()
    let namesakes = WholePass<Namesake>()
}

/// What one of them found.
final class WholePass<Found: Sendable>: Sendable {
    private let rows = Mutex<[Found]?>(nil)

    /// What whoever asked first has found.
    func rows(_ find: () throws -> [Found]) throws -> [Found] {
        if let rows = rows.withLock({ $0 }) { return rows }
        let found = try find()
        rows.withLock { $0 = found }
        return found
    }
}
