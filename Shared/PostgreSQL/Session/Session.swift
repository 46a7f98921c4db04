import CPostgres
import Dispatch
import Glibc
import Synchronization

/// One libpq connection, which never blocks for longer than it may; one thread at a time uses it.
final class Session: Sendable {
    /// The pointer as a number, since who owns the session may go from thread to thread with it.
    private let address: UInt
    private let options: PostgreSQLOptions
    /// What is sent without its result being waited for.
    let pipeline = Mutex(Pipeline())
    /// Whether it was said that it is of no use any more, although it is connected.
    private let isGivenUp = Atomic(false)

    /// Connects.
    ///
    /// A host's name is looked up in the time that the system's resolver takes.
    init(_ options: PostgreSQLOptions, _ interrupt: Interrupt) throws(PostgreSQLError) {
        self.options = options
        guard let handle = Self.start(options.parameters) else { throw PostgreSQLError(.connecting, "Out of memory.") }
        address = UInt(bitPattern: handle)
        // Notices would go to the standard error output.
        PQsetNoticeReceiver(handle, { _, _ in }, nil)
        // Only verbose messages tell the SQLSTATE of a connection that is refused.
        PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
        try connect(Deadline(in: options.connecting), interrupt)
        PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
        guard PQsetnonblocking(handle, 1) == 0 else { throw broken() }
    }

    deinit {
        PQfinish(handle)
    }

    var handle: OpaquePointer? { OpaquePointer(bitPattern: address) }

    private static func start(_ parameters: [(String, String)]) -> OpaquePointer? {
        let names = parameters.map { strdup($0.0) }
        let values = parameters.map { strdup($0.1) }
        defer { for text in names + values { free(text) } }
        return PQconnectStartParams(
            names.map { UnsafePointer($0) } + [nil],
            values.map { UnsafePointer($0) } + [nil],
            1
        )
    }

    private func connect(_ deadline: Deadline, _ interrupt: Interrupt) throws(PostgreSQLError) {
        var awaited = Int16(POLLOUT)
        while PQstatus(handle) != CONNECTION_BAD {
            switch wait(for: awaited, deadline, interrupt) {
            case .ready: break
            case .interrupted: throw PostgreSQLError(.cancellation, "The task was cancelled.", isConnectionLost: true)
            case .late:
                throw PostgreSQLError(.connecting, "The server did not answer in time.", isConnectionLost: true)
            }
            switch PQconnectPoll(handle) {
            case PGRES_POLLING_OK: return
            case PGRES_POLLING_READING: awaited = Int16(POLLIN)
            case PGRES_POLLING_WRITING: awaited = Int16(POLLOUT)
            default: throw refused()
            }
        }
        throw refused()
    }

    private func refused() -> PostgreSQLError {
        let refusal = ConnectionRefusal(message)
        let state = refusal.state ?? (PQconnectionNeedsPassword(handle) == 1 ? "28P01" : nil)
        return PostgreSQLError(.connecting, state: state, options.masked(refusal.message), isConnectionLost: true)
    }

    // MARK: Statements

    /// Whether another statement can be sent, outside of any transaction.
    ///
    /// A server that has closed the connection meanwhile is noticed here.
    var isAtRest: Bool {
        guard !isGivenUp.load(ordering: .relaxed), PQconsumeInput(handle) == 1 else { return false }
        return PQstatus(handle) == CONNECTION_OK && PQtransactionStatus(handle) == PQTRANS_IDLE
    }

    /// Runs one statement to its end.
    func run(
        _ statement: String,
        _ values: [PostgreSQLValue],
        _ deadline: Deadline,
        _ interrupt: Interrupt
    ) throws(PostgreSQLError) -> PostgreSQLResult {
        try leavePipeline(deadline, interrupt)
        try Parameters(values).send(statement, to: handle) { PQstatus(handle) == CONNECTION_OK ? unsent() : broken() }
        let (answer, stop) = try collect(deadline, interrupt)
        if let stop {
            // A request to stop that is not over, or came too late, may hit the next statement.
            let isStopped = answer.failure?.state == "57014"
            let patience: Double = options.stopping / Duration.seconds(1)
            let isOver = isStopped && stop.request.wait(timeout: .now() + patience) == .success
            if isOver { throw stop.reason }
            isGivenUp.store(true, ordering: .relaxed)
            throw stop.reason.losingConnection
        }
        if let failure = answer.failure { throw failure.state == nil ? broken() : failure }
        guard let result = answer.result else { throw broken() }
        return result
    }

    /// Why the server was asked to stop, and the request, which may be on its way.
    private struct Stop {
        let reason: PostgreSQLError
        let request: DispatchGroup
    }

    /// Everything that the server answers, and why it was asked to stop.
    private func collect(
        _ deadline: Deadline,
        _ interrupt: Interrupt
    ) throws(PostgreSQLError) -> (StatementAnswer, stop: Stop?) {
        var answer = StatementAnswer()
        var stop: Stop?
        var patience = deadline
        while !(try takeWhatIsThere(&answer)) {
            let awaited = try flush() ? Int16(POLLIN) : Int16(POLLIN | POLLOUT)
            let reason: PostgreSQLError
            switch wait(for: awaited, patience, stop == nil ? interrupt : nil) {
            case .ready: continue
            case .interrupted: reason = PostgreSQLError(.cancellation, "The task was cancelled.")
            case .late:
                if let stop { throw stop.reason.losingConnection }
                reason = PostgreSQLError(.deadline, "The statement took longer than it may.")
            }
            stop = Stop(reason: reason, request: cancel())
            patience = Deadline(in: options.stopping)
        }
        return (answer, stop)
    }

    /// Takes the results that have come; whether these are all.
    private func takeWhatIsThere(_ answer: inout StatementAnswer) throws(PostgreSQLError) -> Bool {
        guard PQconsumeInput(handle) == 1 else { throw broken() }
        while PQisBusy(handle) == 0 {
            guard let result = PQgetResult(handle) else { return true }
            answer.take(result, PQstatus(handle) == CONNECTION_OK)
            if answer.isCopy { return true }
        }
        return false
    }

    /// Whether everything has been sent.
    func flush() throws(PostgreSQLError) -> Bool {
        let left = PQflush(handle)
        guard left >= 0 else { throw broken() }
        return left == 0
    }

    func unsent() -> PostgreSQLError { PostgreSQLError(.statement, masked) }

    func broken() -> PostgreSQLError { PostgreSQLError(.broken, masked, isConnectionLost: true) }

    private var message: String { PQerrorMessage(handle).map { String(cString: $0) } ?? "" }

    private var masked: String { options.masked(ConnectionRefusal.lastLine(of: message)) }

    /// Asks the server to stop, from another thread: this makes a connection of its own, which may take long.
    @discardableResult
    func cancel() -> DispatchGroup {
        guard let request = PQgetCancel(handle) else { return DispatchGroup() }
        return CancelRequest(adopting: request).send()
    }

    // MARK: Waiting

    enum Wait {
        case ready
        case interrupted
        case late
    }

    func wait(for events: Int16, _ deadline: Deadline, _ interrupt: Interrupt?) -> Wait {
        var polled = [pollfd(fd: PQsocket(handle), events: events, revents: 0)]
        if let interrupt { polled.append(interrupt.readiness) }
        while true {
            if let interrupt, interrupt.isRaised { return .interrupted }
            let count = poll(&polled, nfds_t(polled.count), deadline.milliseconds)
            if count > 0, polled[0].revents != 0 { return .ready }
            if count == 0, deadline.hasPassed { return .late }
        }
    }
}
