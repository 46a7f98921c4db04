import ArgumentParser
import Glibc
import Identity
import IdentityRules
import Logging
import ServiceKit
import Store

/// `profile`, which resolves who is who, and answers what is known of them.
@main
struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile",
        abstract: "Resolves events into profiles, and serves the query and administration API.",
        discussion: """
            The section “retention” of the configuration file says what the log keeps.

            ENVIRONMENT, besides the variables that stand with the options:
              KITH_STORE            a PostgreSQL for the store:
                                    postgres://user:password@host:port/database
              KITH_WRITE_KEY        the first write key; its events are of the source
                                    KITH_WRITE_SOURCE (default)
              KITH_READ_KEY         the first read key
              KITH_ADMIN_KEY        the first admin key
              KITH_SUPPRESSION_KEY  64 hexadecimal digits, in place of the file
                                    suppression.key
            Each may stand in a file that a variable names which has _FILE behind its name.
            """
    )

    @OptionGroup var options: ServiceOptions
    @OptionGroup var identity: IdentityOptions
    @OptionGroup var copying: StoreCopyOptions

    static func main() async {
        await runToTheEnd()
    }

    func run() async throws {
        let process = ServiceProcess(name: "profile", options: options, defaultPort: 8081)
        process.answerHealthCheck()
        let file = identity.file(in: options.data)
        let rules = try readRules(file, process)
        guard try !copying.run({ try copyStore(madeBy: rules, to: $0) }) else { return }
        let address = try Environment.secret("KITH_STORE")
        let own = try await ProfileProcess(
            process,
            lane: address == nil ? process.instance : GroupMember.lane(of: process),
            file: file,
            rules: rules,
            keeper: try await makeKeeper(process)
        )
        if let address {
            try await GroupMember(own: own, address: address).run()
        } else {
            try await Alone(own: own).run()
        }
    }

    private func copyStore(madeBy rules: Rules, to address: String) throws {
        let files = StoreFiles(directory: options.data)
        let numbers = try files.numbers()
        if numbers.isEmpty { try StoreCopy.check(isThere: files.path(1)) }
        for number in numbers { try StoreCopy.check(isFree: files.path(number)) }
        try StoreCopy.run(
            from: files.open(orNewBy: rules).live.store,
            to: StoreSchemas(address: address).open(1, for: .service),
            telling: StoreCopyOptions.tell
        )
    }

    /// Ends the process with the exit code for a wrong configuration when the retention cannot be used.
    private func makeKeeper(_ process: ServiceProcess) async throws -> RetentionKeeper {
        // Its own access to the log: removing a thousand files takes its time, and nobody else is to wait for that.
        let log = try await process.openReader()
        do throws(RetentionError) {
            return try RetentionKeeper(log: log, path: options.configPath, logger: process.logger)
        } catch {
            process.logger.error("The configuration is wrong", metadata: ["error": "\(error)"])
            throw ExitCode(EX_CONFIG)
        }
    }

    /// Ends the process with the exit code for a wrong configuration when the rules cannot be used.
    private func readRules(_ file: IdentityRulesFile, _ process: ServiceProcess) throws -> Rules {
        do throws(IdentityRulesFileError) {
            return try file.rules()
        } catch {
            process.logger.error("The identity rules are wrong", metadata: ["error": "\(error)"])
            throw ExitCode(EX_CONFIG)
        }
    }
}
