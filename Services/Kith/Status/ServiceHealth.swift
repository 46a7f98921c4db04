import Curl
import Events

/// Whether one service answers, and what it waits for.
struct ServiceHealth: Sendable, Equatable {
    var service: ServiceName
    var url: String
    /// `ready`, or what is wrong.
    var state: String

    var isReady: Bool { state == "ready" }

    /// The same for a script.
    var json: JSONValue { ["name": .string(service.rawValue), "state": .string(state), "url": .string(url)] }

    /// Asks every service whose address is known.
    static func all(of instance: Instance) async -> [ServiceHealth] {
        let client = HTTPClient()
        var healths: [ServiceHealth] = []
        for service in ServiceName.allCases.sorted(by: { $0.portIndex < $1.portIndex }) {
            guard let url = instance.urls[service], !url.isEmpty else { continue }
            healths.append(ServiceHealth(service: service, url: url, state: await state(of: url, client)))
        }
        return healths
    }

    private static func state(of url: String, _ client: HTTPClient) async -> String {
        do {
            let answer = try await client.send(HTTPRequest(url: "\(url)/ready", deadline: .seconds(3)))
            if answer.isSuccess { return "ready" }
            let missing = (try? JSONDocument(answer.body).root)?["waitingFor"]?.elements.compactMap(\.string) ?? []
            return "waits for \(missing.joined(separator: ", "))"
        } catch {
            return "does not answer"
        }
    }
}
