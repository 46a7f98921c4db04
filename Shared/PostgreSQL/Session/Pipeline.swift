/// What a session has sent without waiting for it, and what it has prepared.
struct Pipeline {
    /// A statement with the types of its parameters.
    struct Prepared: Hashable {
        var statement: String
        var types: [UInt32]
    }

    /// What the server still has to answer.
    enum Awaited {
        case preparation(Prepared)
        /// A statement, and whether anybody looks at its rows.
        case execution(isWanted: Bool)
    }

    /// Whether libpq is in its pipeline mode.
    var isOn = false
    var awaited: [Awaited] = []
    var names: [Prepared: String] = [:]
    private var last = 0
    /// How many rows the last statement changed that was answered.
    var affected = 0

    /// A name that no other statement has or had.
    mutating func newName() -> String {
        last += 1
        return "k\(last)"
    }

    /// The answers that are wanted come to what is returned; the first failure is thrown.
    mutating func take(_ answers: [PipelineAnswer]) throws(PostgreSQLError) -> [PostgreSQLResult] {
        defer { awaited = [] }
        var wanted: [PostgreSQLResult] = []
        var failure: PostgreSQLError?
        for (place, awaited) in awaited.enumerated() {
            let answer = place < answers.count ? answers[place] : .aborted
            switch (awaited, answer) {
            case (.preparation, .result): break
            case (.execution(let isWanted), .result(let result)):
                affected = result.affected
                if isWanted { wanted.append(result) }
            case (.preparation(let prepared), .failure), (.preparation(let prepared), .aborted): names[prepared] = nil
            case (.execution, _): affected = 0
            }
            if case .failure(let error) = answer { failure = failure ?? error }
        }
        if let failure { throw failure }
        return wanted
    }
}

/// What the server says of one statement of a pipeline.
enum PipelineAnswer {
    case result(PostgreSQLResult)
    case failure(PostgreSQLError)
    /// One before it failed.
    case aborted
}
