import Events
import JQ
public import Topics

/// A destination that a manifest describes: a command names one of its actions.
public struct DeclarativeDestination: Destination {
    private let manifest: Manifest
    private let caller: Caller

    /// A destination by its manifest and settings; `nil` for a manifest without actions.
    public init?(_ manifest: Manifest, settings: Settings, _ surroundings: Surroundings) throws(SettingsError) {
        let values = try settings.json(of: manifest.settings)
        self.init(manifest, manifest.http.map { Caller($0, settings: values, surroundings) })
    }

    init?(_ manifest: Manifest, _ caller: Caller?) {
        guard let caller, manifest.isDestination else { return nil }
        self.manifest = manifest
        self.caller = caller
    }

    /// Carries out a command once.
    public func deliver(_ command: Command) async -> DeliveryOutcome {
        guard let action = action(of: command) else {
            let known = manifest.actions.map(\.name).joined(separator: ", ")
            return .rejected(reason: "The command's payload has no “action” that is one of \(known).")
        }
        let scope = caller.scope.with("command", .string(command.id)).with(
            "identifier",
            ["namespace": .string(command.identifier.namespace), "value": .string(command.identifier.value)]
        )
        do {
            let call = Caller.Call(
                declaration: action.request,
                input: command.payload,
                isOnce: !action.isRepeatable
            )
            let answer = try await caller.answerOnce(to: call, in: scope)
            return .delivered(
                detail: answer.map { String($0.status) } ?? "nothing to do",
                links: links(action, answer, scope)
            )
        } catch let failure as ConnectorFailure {
            if failure.isUnasked, let pause = failure.retryAfter {
                return .putOff(for: pause, reason: failure.problem)
            }
            guard failure.mayPass else { return .rejected(reason: failure.problem) }
            guard action.isRepeatable || !failure.isUncertain else {
                return .rejected(reason: DeliveryOutcome.reason(ofUncertain: failure.problem))
            }
            return .retry(after: failure.retryAfter, reason: failure.problem)
        } catch is CancellationError {
            // Only what comes before the request is ended by that; a request that is cut off is a failure.
            return .putOff(for: .zero, reason: "It was cut off before the server was asked.")
        } catch {
            return .retry(after: nil, reason: "\(error)")
        }
    }

    /// Whether the command's action may be done twice; one that is none is not done at all.
    public func isRepeatable(_ command: Command) -> Bool { action(of: command)?.isRepeatable ?? true }

    private func action(of command: Command) -> ActionDeclaration? {
        guard let name = command.payload["action"]?.plainText else {
            return manifest.actions.count == 1 ? manifest.actions.first : nil
        }
        return manifest.actions.first { $0.name == name }
    }

    /// Who the command's person is over there; an answer that does not say so changes nothing.
    private func links(_ action: ActionDeclaration, _ answer: Answer?, _ scope: Scope) -> [Identifier] {
        guard let link = action.link, let answer, let ids = try? link.value(of: answer.body, in: scope) else {
            return []
        }
        return RecordEvents.identifiers(ids).map { Identifier($0.0, $0.1.plainText) }
    }
}
