import Store

/// A batch cannot be written because of what is in it, and could not be the next time.
struct BatchAtFault: Error, CustomStringConvertible {
    let cause: any Error

    var description: String { "A batch cannot be written. \(SQLFailure.description(of: cause))" }

    /// Whether an error says so.
    static func isMeant(by error: any Error) -> Bool {
        if case PipelineError.damagedStore? = error as? PipelineError { return true }
        return SQLFailure.isOfContent(error)
    }
}
