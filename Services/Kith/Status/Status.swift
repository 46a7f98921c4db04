import ArgumentParser
import Events
import Topics

/// Shows how the instance is: its services, what it holds, and how far each consumer is.
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show services, counts, disk use and each consumer's lag."
    )

    @OptionGroup var options: InstanceOptions

    @Flag(help: "Print it as JSON.")
    var json = false

    func run() async throws {
        let instance = try options.instance()
        async let asked = Self.rulesProblem(of: instance)
        let status = try await instance.api(.profile, .admin).get("/v1/status")
        let problem = await asked
        if json { return Terminal.output.line(Self.text(of: status, problem)) }
        let services = await ServiceHealth.all(of: instance)
        let page = StatusPage(status: status, services: services, rulesProblem: problem)
        Terminal.output.line(page.rendered(on: .output))
    }

    /// Why the notifier goes by older rules than those of its file; a notifier that does not answer soon is seen by its health.
    private static func rulesProblem(of instance: Instance) async -> String? {
        guard let api = try? instance.api(.notifier, .admin) else { return nil }
        return try? API.json(in: await api.send("GET", "/v1/status", deadline: .seconds(3)))["rulesProblem"]?.string
    }

    private static func text(of status: JSONView, _ rulesProblem: String?) -> String {
        guard let rulesProblem, case .object(var members) = status.value else {
            return String(decoding: status.raw, as: UTF8.self)
        }
        members["rulesProblem"] = .string(rulesProblem)
        return JSONValue.object(members).text
    }
}
