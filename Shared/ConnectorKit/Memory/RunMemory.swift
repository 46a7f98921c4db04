public import Events
import Synchronization

/// Keeps something between the runs of a source.
public final class RunMemory<Kept: Sendable>: Sendable {
    private let nothing: Kept
    private let kept: Mutex<(state: JSONValue?, value: Kept)>

    /// A memory that holds what the first run begins with.
    public init(_ nothing: Kept) {
        self.nothing = nothing
        kept = Mutex((state: nil, value: nothing))
    }

    /// Takes out what belongs to the state; nothing when the state has been changed from outside.
    public func take(_ state: JSONValue?) -> Kept {
        kept.withLock { kept in
            defer { kept = (nil, nothing) }
            return kept.state == state ? kept.value : nothing
        }
    }

    /// Keeps it for the run that begins with the state.
    public func keep(_ value: Kept, at state: JSONValue?) {
        kept.withLock { $0 = (state, value) }
    }
}
