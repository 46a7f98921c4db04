/// Why JetStream did not do what it was asked.
enum JetStreamError: Error, Equatable {
    /// Nobody answered, or who did has no leader to ask; the same may succeed later.
    case unavailable(String)
    /// The servers have no room left.
    case full
    /// The servers refused; the number is JetStream's own for the reason.
    case refused(errorCode: Int, description: String)
    /// The answer is none that JetStream gives.
    case unreadable(String)

    static let streamNotFound = 10059
    static let messageNotFound = 10037
    static let streamNameInUse = 10058
    static let subjectsOverlap = 10065
    /// Of the last message, or of its id.
    static let wrongLast: Set = [10070, 10071, 10164]
    /// Storage, memory, or the stream's or the account's limits.
    static let noRoom: Set = [10002, 10028, 10047, 10077]
    /// Said while a cluster is still coming together.
    static let noPeers = 10005

    /// What an answer's error says.
    init(_ error: JetStreamAnswer.Failure) {
        if Self.noRoom.contains(error.errorCode) {
            self = .full
        } else if error.code == 503 || error.errorCode == Self.noPeers {
            self = .unavailable(error.description)
        } else {
            self = .refused(errorCode: error.errorCode, description: error.description)
        }
    }

    var isUnavailable: Bool {
        if case .unavailable = self { true } else { false }
    }

    func isRefusal(_ code: Int) -> Bool {
        if case .refused(code, _) = self { true } else { false }
    }
}

extension MessageLogError {
    /// The same, for who uses the log.
    init(_ error: JetStreamError) {
        switch error {
        case .unavailable(let reason): self = .unavailable(reason: reason)
        case .full: self = .full
        case .refused(let code, let description): self = .unavailable(reason: "\(description) (\(code))")
        case .unreadable(let subject): self = .unavailable(reason: "The answer to \(subject) cannot be read.")
        }
    }
}
