import Synchronization

/// What was found by going through all of the store: a transaction that is made again does not do so a second time.
///
/// It holds as long as nothing else is written between the attempts, and each of them asks of the same people.
final class WholePasses: Sendable {
    /// By what others were told with an address of somebody in it, and when.
    typealias Told = (owner: Int, identifier: Int64, time: Int64)
    /// An identifier that is written as an address of somebody is.
    typealias Namesake = (owner: Int, id: Int64)

    private struct State {
        var told: [Told]?
        var namesakes: [Namesake]?
    }

    private let state = Mutex(State())

    /// What others were told, as whoever asked first found it.
    func told(_ find: () throws -> [Told]) throws -> [Told] {
        if let told = state.withLock({ $0.told }) { return told }
        let told = try find()
        state.withLock { $0.told = told }
        return told
    }

    /// The namesakes, as whoever asked first found them.
    func namesakes(_ find: () throws -> [Namesake]) throws -> [Namesake] {
        if let namesakes = state.withLock({ $0.namesakes }) { return namesakes }
        let namesakes = try find()
        state.withLock { $0.namesakes = namesakes }
        return namesakes
    }
}
