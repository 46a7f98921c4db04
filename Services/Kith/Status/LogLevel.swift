import ArgumentParser
import Curl
import Events
import Logging
import ServiceKit
import Topics

/// Shows or changes how much running services log.
struct LogLevel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show how much the services log, or have them log more or less for a while.",
        discussion: """
            Without --for a level holds until the service starts again, or until --reset.

            EXAMPLES:
              kith log-level
              kith log-level debug --service profile --for 10m
              kith log-level --reset
            """
    )

    @OptionGroup var options: InstanceOptions

    @Argument(help: "trace, debug, info, notice, warning, error or critical; without it, nothing is changed.")
    var level: Logger.Level?

    @Option(help: "Only this service; may be repeated. Without it, all of them.")
    var service: [ServiceName] = []

    @Option(name: .customLong("for"), help: "How long, such as 90s, 10m or 2h.")
    var period: String?

    @Flag(help: "Go back to what the services were started with.")
    var reset = false

    @Flag(help: "Print it as JSON, a line for each service.")
    var json = false

    func validate() throws {
        guard level == nil || !reset else { throw ValidationError("Give either a level or --reset.") }
        guard period == nil || level != nil else { throw ValidationError("--for needs a level.") }
        guard period.map({ Period($0) != nil }) ?? true else {
            throw ValidationError("--for must be a length of time such as 90s, 10m or 2h.")
        }
    }

    func run() async throws {
        let instance = try options.instance()
        for service in services(of: instance) {
            let api = try await instance.answeringAPI(service, .admin)
            let answer = try API.json(in: try await ask(api))
            if json { Terminal.output.line(json: answer) } else { show(answer) }
        }
    }

    private func services(of instance: Instance) -> [ServiceName] {
        guard service.isEmpty else { return service }
        return ServiceName.allCases.filter { instance.urls[$0].map { !$0.isEmpty } ?? false }
    }

    private func ask(_ api: API) async throws(CommandError) -> HTTPResponse {
        if reset { return try await api.send("DELETE", LogLevelDesk.path) }
        guard let level else { return try await api.send("GET", LogLevelDesk.path) }
        var wish: [String: JSONValue] = ["level": .string(level.rawValue)]
        wish["for"] = period.map(JSONValue.string)
        return try await api.send("PUT", LogLevelDesk.path, body: JSONValue.object(wish).bytes)
    }

    private func show(_ answer: JSONView) {
        let level = Shown.value(answer["level"])
        let configured = Shown.value(answer["configured"])
        let rest =
            if let until = answer["until"] {
                " until \(Shown.value(until)), then \(configured)"
            } else {
                level == configured ? "" : " until it starts again, then \(configured)"
            }
        Terminal.output.line("\(Shown.value(answer["service"])): \(level)\(rest)")
    }
}

extension ServiceName: ExpressibleByArgument {}
