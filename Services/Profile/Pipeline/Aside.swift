import Dispatch
import Synchronization

/// A value that is computed on another thread, while whoever wants it does something else; both may wait.
final class Aside<Value: Sendable>: Sendable {
    private let computed = Mutex<Value?>(nil)
    private let compute: @Sendable () -> Value

    init(_ compute: @Sendable @escaping () -> Value) {
        self.compute = compute
        DispatchQueue.global().async { _ = self.value }
    }

    /// The value, which is computed here if no other thread has begun to.
    var value: Value {
        computed.withLock { computed in
            let value = computed ?? compute()
            computed = value
            return value
        }
    }
}
