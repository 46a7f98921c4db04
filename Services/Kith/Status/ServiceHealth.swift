import Curl
import Events

/// Whether one service answers, and what it waits for.
struct ServiceHealth: Sendable, Equatable {
    var service: ServiceName
    var url: String
    /// `ready`, or what is wrong.
    var state: String

    var isReady: Bool { state == "ready" }
    var answers: Bool { state != Self.silence }

    private static let silence = "does not answer"

    /// The same for a script.
    var json: JSONValue { ["name": .string(service.rawValue), "state": .string(state), "url": .string(url)] }

    /// Asks every service whose address is known.
    static func all(of instance: Instance) async -> [ServiceHealth] {
        var healths: [ServiceHealth] = []
        for service in ServiceName.byPort {
            guard let url = instance.urls[service], !url.isEmpty else { continue }
            healths.append(await of(service, at: url))
        }
        return healths
    }

    /// Asks one service, for three seconds at most.
    static func of(_ service: ServiceName, at url: String) async -> ServiceHealth {
        ServiceHealth(service: service, url: url, state: await state(of: url))
    }

    private static func state(of url: String) async -> String {
        do {
            let answer = try await HTTPClient().send(HTTPRequest(url: "\(url)/ready", deadline: .seconds(3)))
            if answer.isSuccess { return "ready" }
            let missing = (try? JSONDocument(answer.body).root)?["waitingFor"]?.elements.compactMap(\.string) ?? []
            return "waits for \(missing.joined(separator: ", "))"
        } catch {
            return silence
        }
    }
}
