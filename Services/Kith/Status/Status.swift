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
        let status = try await instance.api(.profile, .admin).get("/v1/status")
        if json { return Terminal.output.line(String(decoding: status.raw, as: UTF8.self)) }
        let services = await ServiceHealth.all(of: instance)
        Terminal.output.line(StatusPage(status: status, services: services).rendered(on: .output))
    }
}
