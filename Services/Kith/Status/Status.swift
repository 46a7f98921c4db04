import ArgumentParser
import Events
import Topics

/// Shows how the instance is: its services, what it holds, and how far each consumer is.
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show services, counts, disk use and each consumer's lag.",
        discussion: "Ends with 1 when a service is not ready, and with 5 when profile does not answer."
    )

    @OptionGroup var options: InstanceOptions

    @Flag(help: "Print it as JSON.")
    var json = false

    func run() async throws {
        let instance = try options.instance()
        async let asked = Self.rulesProblem(of: instance)
        let status = try await instance.answeringAPI(.profile, .read).get("/v1/status")
        let problem = await asked
        let services = await ServiceHealth.all(of: instance)
        if json {
            Terminal.output.line(Self.text(of: status, services, problem))
        } else {
            let page = StatusPage(status: status, services: services, rulesProblem: problem)
            Terminal.output.line(page.rendered(on: .output))
        }
        try Self.requireReady(services)
    }

    private static func requireReady(_ services: [ServiceHealth]) throws(CommandError) {
        let problems = services.filter { !$0.isReady }.map { "\($0.service.rawValue) \($0.state)" }
        guard problems.isEmpty else { throw CommandError(.failure, "\(problems.joined(separator: "; ")).") }
    }

    /// Why the notifier goes by older rules than those of its file; a notifier that does not answer soon is seen by its health.
    private static func rulesProblem(of instance: Instance) async -> String? {
        guard let api = try? instance.api(.notifier) else { return nil }
        return try? API.json(in: await api.send("GET", "/v1/status", deadline: .seconds(3)))["rulesProblem"]?.string
    }

    /// What `profile` says, with what the other services say.
    private static func text(of status: JSONView, _ services: [ServiceHealth], _ rulesProblem: String?) -> String {
        guard case .object(var members) = status.value else { return String(decoding: status.raw, as: UTF8.self) }
        members["services"] = .array(services.map(\.json))
        members["rulesProblem"] = rulesProblem.map(JSONValue.string)
        return JSONValue.object(members).text
    }
}
