import CPostgres
import Glibc
import Synchronization

/// Statements that are sent one behind the other, each prepared once; the server is only waited for when something is asked.
extension Session {
    /// So many statements are on their way at most.
    private static let most = 4096
    /// So many are sent together.
    private static let together = 64

    /// Sends a statement.
    ///
    /// - Parameter isWanted: Whether ``collect(_:_:)`` is to return its rows.
    func queue(
        _ statement: String,
        _ parameters: Parameters,
        isWanted: Bool,
        _ deadline: Deadline,
        _ interrupt: Interrupt
    ) throws(PostgreSQLError) {
        try enterPipeline()
        let prepared = Pipeline.Prepared(statement: statement, types: parameters.types)
        let name = try name(of: prepared)
        try parameters.sendPrepared(name, to: handle) { sendingFailed() }
        let count = pipeline.withLock { pipeline in
            pipeline.awaited.append(.execution(isWanted: isWanted))
            return pipeline.awaited.count
        }
        if count % Self.together == 0 { try push(deadline, interrupt) }
    }

    /// Waits for everything that was sent, and returns the rows that are wanted, of each statement.
    func collect(_ deadline: Deadline, _ interrupt: Interrupt) throws(PostgreSQLError) -> [PostgreSQLResult] {
        let isOn = pipeline.withLock { $0.isOn && !$0.awaited.isEmpty }
        guard isOn else { return [] }
        guard PQpipelineSync(handle) == 1 else { throw broken() }
        let answers = try answers(deadline, interrupt)
        let taken = pipeline.withLock { pipeline -> Result<[PostgreSQLResult], PostgreSQLError> in
            do throws(PostgreSQLError) {
                return .success(try pipeline.take(answers))
            } catch {
                return .failure(error)
            }
        }
        return try taken.get()
    }

    /// Waits for everything that was sent, and goes back to one statement at a time.
    func leavePipeline(_ deadline: Deadline, _ interrupt: Interrupt) throws(PostgreSQLError) {
        guard pipeline.withLock({ $0.isOn }) else { return }
        defer { pipeline.withLock { $0.isOn = PQpipelineStatus(handle) != PQ_PIPELINE_OFF } }
        do throws(PostgreSQLError) {
            _ = try collect(deadline, interrupt)
        } catch {
            PQexitPipelineMode(handle)
            throw error
        }
        guard PQexitPipelineMode(handle) == 1 else { throw broken() }
    }

    /// How many rows the last statement changed; waits for it.
    func affected(_ deadline: Deadline, _ interrupt: Interrupt) throws(PostgreSQLError) -> Int {
        _ = try collect(deadline, interrupt)
        return pipeline.withLock { $0.affected }
    }

    /// Whether so much is on its way that it should be waited for.
    var isFull: Bool { pipeline.withLock { $0.awaited.count >= Self.most } }

    // MARK: - Sending

    private func enterPipeline() throws(PostgreSQLError) {
        guard !pipeline.withLock({ $0.isOn }) else { return }
        guard PQenterPipelineMode(handle) == 1 else { throw broken() }
        pipeline.withLock { $0.isOn = true }
    }

    /// Lets the server begin with what was sent, as far as it takes it at once.
    func begin() throws(PostgreSQLError) { _ = try flush() }

    private func name(of prepared: Pipeline.Prepared) throws(PostgreSQLError) -> String {
        if let name = pipeline.withLock({ $0.names[prepared] }) { return name }
        let name = pipeline.withLock { $0.newName() }
        guard PQsendPrepare(handle, name, prepared.statement, Int32(prepared.types.count), prepared.types) == 1 else {
            throw sendingFailed()
        }
        pipeline.withLock { pipeline in
            pipeline.names[prepared] = name
            pipeline.awaited.append(.preparation(prepared))
        }
        return name
    }

    private func sendingFailed() -> PostgreSQLError { PQstatus(handle) == CONNECTION_OK ? unsent() : broken() }

    /// Gets what is sent on its way, and takes what comes meanwhile, so that neither side waits for the other for ever.
    private func push(_ deadline: Deadline, _ interrupt: Interrupt) throws(PostgreSQLError) {
        while try !flush() {
            switch wait(for: Int16(POLLIN | POLLOUT), deadline, interrupt) {
            case .ready: guard PQconsumeInput(handle) == 1 else { throw broken() }
            case .interrupted: throw PostgreSQLError(.cancellation, "The task was cancelled.", isConnectionLost: true)
            case .late: throw PostgreSQLError(.deadline, "The server takes nothing more.", isConnectionLost: true)
            }
        }
    }

    // MARK: - Receiving

    /// The answers to all that was sent.
    private func answers(_ deadline: Deadline, _ interrupt: Interrupt) throws(PostgreSQLError) -> [PipelineAnswer] {
        var answers: [PipelineAnswer] = []
        var isEnd = false
        while true {
            try awaitResult(deadline, interrupt)
            guard let result = PQgetResult(handle) else {
                // One stands behind each statement; where nothing follows it, the connection is gone.
                guard !isEnd else { throw broken() }
                isEnd = true
                continue
            }
            isEnd = false
            switch PQresultStatus(result) {
            case PGRES_PIPELINE_SYNC:
                PQclear(result)
                return answers
            case PGRES_PIPELINE_ABORTED:
                PQclear(result)
                answers.append(.aborted)
            default:
                var answer = StatementAnswer()
                answer.take(result, PQstatus(handle) == CONNECTION_OK)
                if let failure = answer.failure {
                    guard failure.state != nil else { throw broken() }
                    answers.append(.failure(failure))
                    if failure.isConnectionLost { throw failure }
                } else if let result = answer.result {
                    answers.append(.result(result))
                }
            }
        }
    }

    private func awaitResult(_ deadline: Deadline, _ interrupt: Interrupt) throws(PostgreSQLError) {
        while PQisBusy(handle) == 1 {
            let awaited = try flush() ? Int16(POLLIN) : Int16(POLLIN | POLLOUT)
            switch wait(for: awaited, deadline, interrupt) {
            case .ready: guard PQconsumeInput(handle) == 1 else { throw broken() }
            case .interrupted:
                cancel()
                throw PostgreSQLError(.cancellation, "The task was cancelled.", isConnectionLost: true)
            case .late:
                cancel()
                throw PostgreSQLError(.deadline, "The statement took longer than it may.", isConnectionLost: true)
            }
        }
    }
}
