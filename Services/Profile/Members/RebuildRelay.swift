import Events
import ServiceKit
import ServiceLifecycle

/// Brings what any member was asked for to the desk of the one that resolves, and tells all of them what comes of it.
struct RebuildRelay: Service {
    private static let pause = Duration.milliseconds(500)
    /// Examples name people: in the database they stay no longer than this, in microseconds.
    private static let exhibition: Int64 = 3_600_000_000

    let desk: RebuildDesk
    let notes: GroupNotes

    func run() async throws {
        try await recall()
        var told: RebuildStatus?
        while true {
            try await takeOn()
            if try await notes.takeAbortion(of: desk.status) { endIfPossible() }
            let status = presentable(desk.status)
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
        guard let request = try await notes.requestedRebuild() else { return }
        do {
            _ = try await desk.begin(request)
        } catch RebuildError.underWay {
            // It was taken on by a process that did not come to say so.
        }
        try await notes.removeRequest()
    }

    /// Meanwhile it may have come to its end.
    private func endIfPossible() { _ = try? desk.abort() }

    private func presentable(_ status: RebuildStatus) -> RebuildStatus {
        guard let end = status.finishedAt, SystemClock.now().microseconds - end.microseconds > Self.exhibition else {
            return status
        }
        var status = status
        status.report?.examples = [:]
        return status
    }
}
