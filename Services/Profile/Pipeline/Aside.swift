import Dispatch
import Synchronization

/// A value that is computed on another thread, while whoever wants it does something else; both may wait.
final class Aside<Value: Sendable>: Sendable {
    private let group = DispatchGroup()
    private let computed = Mutex<Value?>(nil)
    private let compute: @Sendable () -> Value

    init(_ compute: @Sendable @escaping () -> Value) {
        self.compute = compute
        DispatchQueue.global().async(group: group) { self.computed.withLock { $0 = compute() } }
    }

    /// The value, once it is there.
    var value: Value {
        group.wait()
        return computed.withLock { $0 } ?? compute()
    }
}
