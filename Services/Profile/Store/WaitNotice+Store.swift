import Logging
import ServiceKit
import Store

extension WaitNotice {
    /// Takes in why the store takes nothing.
    func waits(forStore error: any Error, logger: Logger) {
        waits(because: SQLFailure.description(of: error), isFull: SQLFailure.isFull(error), logger: logger)
    }
}
