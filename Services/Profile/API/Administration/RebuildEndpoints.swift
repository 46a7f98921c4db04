import Events
import Hummingbird
import Identity
import IdentityRules
import MessageLog
import ServiceKit
import Topics

extension ProfileAPI {
    /// Making the store anew from the log.
    var rebuildEndpoints: [Endpoint] {
        [
            Endpoint(
                method: .post,
                path: "/v1/rebuild",
                name: "startRebuild",
                summary: "Make all profiles anew from the log, or find out what would change.",
                scope: .admin,
                body: "NewRebuild",
                answer: .json("Rebuild", "It is under way.", status: .accepted),
                refusals: [.conflict],
                action: .administration("rebuild.start", startRebuild)
            ),
            Endpoint(
                method: .get,
                path: "/v1/rebuild",
                name: "getRebuild",
                summary: "How the rebuild that is under way stands, or how the last one ended.",
                scope: .read,
                answer: .json("Rebuild", "How it stands."),
                action: .query(getRebuild)
            ),
            Endpoint(
                method: .delete,
                path: "/v1/rebuild",
                name: "abortRebuild",
                summary: "End the rebuild that is under way; nothing has changed then.",
                scope: .admin,
                answer: .json("Rebuild", "It is about to end.", status: .accepted),
                refusals: [.notFound, .conflict],
                action: .administration("rebuild.abort", abortRebuild)
            ),
        ]
    }

    private func startRebuild(_ call: Call) async throws -> Administered {
        let wish = try RebuildWish(json: try await call.object(RebuildWish.fields))
        let rules = try wish.rules ?? identity.ruled()
        if !wish.isDryRun, !wish.acceptsLoss {
            let missing = try await log.partitions(of: Topic.events).reduce(0) { $0 + Int64(clamping: $1.first) }
            guard missing == 0 else { throw RebuildError.logIsIncomplete(records: missing).refusal }
        }
        let request = RebuildRequest(
            rules: rules,
            isDryRun: wish.isDryRun,
            startedAt: call.now,
            acceptsLoss: wish.acceptsLoss
        )
        do {
            let status = try await rebuilds.begin(request)
            return Administered(subject: wish.subject, response: answer(status, status: .accepted))
        } catch let error as RebuildError {
            throw error.refusal
        }
    }

    private func getRebuild(_ call: Call) async throws -> Response {
        answer(try await rebuilds.status)
    }

    private func abortRebuild(_ call: Call) async throws -> Administered {
        do {
            return Administered(subject: "rebuild", response: answer(try await rebuilds.abort(), status: .accepted))
        } catch let error as RebuildError {
            throw error.refusal
        }
    }

    private func answer(_ status: RebuildStatus, status code: HTTPResponse.Status = .ok) -> Response {
        var writer = JSONWriter()
        status.write(to: &writer)
        return .json(writer.bytes, status: code)
    }
}

/// What somebody asks for.
private struct RebuildWish {
    static let fields = ["rules", "file", "dryRun", "despiteRetention"]

    /// `nil` for those in the service's own file.
    let rules: Rules?
    let isDryRun: Bool
    /// Whether it may forget what the log no longer has.
    let acceptsLoss: Bool

    var subject: String { isDryRun ? "dry run" : "rebuild" }

    init(json: JSONView) throws {
        isDryRun = try json.flag("dryRun") ?? false
        acceptsLoss = try json.flag("despiteRetention") ?? false
        let file = try json.text("file")
        rules = try json.text("rules").map { text in
            do throws(RulesError) {
                return try Rules(yaml: text)
            } catch {
                var error = error
                error.file = file
                throw APIError.badRequest("invalid_rules", error.description)
            }
        }
    }
}

extension IdentityRulesFile {
    /// The rules that it has now; wrong ones are for the caller to know.
    fileprivate func ruled() throws(APIError) -> Rules {
        do throws(IdentityRulesFileError) {
            return try rules()
        } catch {
            throw .badRequest("invalid_rules", error.description)
        }
    }
}

extension RebuildError {
    fileprivate var refusal: APIError {
        switch self {
        case .nothingUnderWay: .notFound(description)
        case .underWay: APIError(.conflict, code: "rebuild_under_way", message: description)
        case .tooLate: APIError(.conflict, code: "too_late", message: description)
        case .logIsIncomplete: APIError(.conflict, code: "log_incomplete", message: description)
        case .overtaken: APIError(.conflict, code: "overtaken", message: description)
        case .placeIsTaken: APIError(.conflict, code: "place_taken", message: description)
        case .aborted: APIError(.conflict, code: "aborted", message: description)
        }
    }
}
