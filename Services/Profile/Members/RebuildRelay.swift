import Events
import ServiceKit
import ServiceLifecycle

/// Brings what any member was asked for to the desk of the one that resolves, and tells all of them what comes of it.
struct RebuildRelay: Service {
    private static let pause = Duration.milliseconds(500)

    let desk: RebuildDesk
    let notes: GroupNotes

    func run() async throws {
        try await recall()
        var told: RebuildStatus?
        while true {
            try await takeOn()
            if try await notes.takeAbortion(of: desk.status) { endIfPossible() }
            let status = desk.status
            if status != told { try await notes.note(status) }
            told = status
            try await Task.sleep(for: Self.pause)
        }
    }

    /// The store knows of rebuilds that put it into use; of others, such as a dry run, only the notes do.
    private func recall() async throws {
        let noted = try await notes.status
        guard desk.status.state != .running, noted.state != .running else { return }
        if noted.startedAt ?? .earliest > desk.status.startedAt ?? .earliest { desk.recall(noted) }
    }

    private func takeOn() async throws {
        switch try await notes.requestedRebuild() {
        case .readable(let request)?: try await begin(request)
        case .unreadable(let reason)?: try await refuse(reason)
        case nil: break
        }
    }

    private func begin(_ request: RebuildRequest) async throws {
        do {
            _ = try await desk.begin(request)
        } catch RebuildError.underWay {
            // It was taken on by a process that did not come to say so, unless that is another one: then it comes after that.
            guard desk.status.startedAt == request.startedAt else { return }
        }
        try await notes.removeRequest()
    }

    /// Otherwise whoever wants another one would wait until another member resolves.
    private func refuse(_ reason: String) async throws {
        guard desk.status.state != .running else { return }
        desk.recall(try await notes.refuseRequest(reason, at: SystemClock.now()))
    }

    /// Meanwhile it may have come to its end.
    private func endIfPossible() { _ = try? desk.abort() }
}
