import ArgumentParser
import Events
import Topics

/// Shows whom was forgotten when, and lets people be known again.
struct Erasures: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the receipts of erasures, and let people be known again.",
        subcommands: [List.self, Show.self, Lift.self, Retire.self],
        defaultSubcommand: List.self
    )
}

extension Erasures {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the receipts, the last first.")

        @OptionGroup var options: InstanceOptions

        @Flag(help: "Print them as JSON, one on each line.")
        var json = false

        func run() async throws {
            let api = try options.instance().api(.profile, .admin)
            var cursor: String?
            repeat {
                let page = try await api.get("/v1/erasures", query: [("limit", "200"), ("cursor", cursor)])
                let receipts = page.list("erasures")
                if !json, cursor == nil, receipts.isEmpty {
                    return Terminal.errors.line("Nobody was to be forgotten.")
                }
                for receipt in receipts { ReceiptPage(receipt: receipt).print(asJSON: json) }
                cursor = page["cursor"]?.string
            } while cursor != nil
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one receipt.")

        @OptionGroup var options: InstanceOptions

        @Argument(help: "The erasure's id.")
        var id: String

        @Flag(help: "Print it as JSON.")
        var json = false

        func run() async throws {
            let api = try options.instance().api(.profile, .admin)
            ReceiptPage(receipt: try await api.get("/v1/erasures/\(API.encoded(id))")).print(asJSON: json)
        }
    }

    struct Lift: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a person be known again from now on; what was forgotten stays so."
        )

        @OptionGroup var options: InstanceOptions

        @Argument(help: "The erasure's id.")
        var id: String

        @OptionGroup var justification: Justification

        @Flag(help: "Print the receipt as JSON.")
        var json = false

        func run() async throws {
            let api = try options.instance().api(.profile, .admin)
            let path = "/v1/erasures/\(API.encoded(id))"
            let answer = try await api.send("DELETE", path, query: justification.query)
            ReceiptPage(receipt: try API.json(in: answer)).print(asJSON: json)
        }
    }

    struct Retire: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say that an instance is gone for good, so that no erasure waits for it.",
            discussion: """
                A running ingest erases what the instance has on the log, now and in future. The instance must have \
                ended: while it runs, only it can do that.

                EXAMPLES:
                  kith erasures retire ingest-2 --reason "Scaled down."
                """
        )

        @OptionGroup var options: InstanceOptions

        @Argument(help: "The instance, as an erasure that waits for it has it.")
        var instance: String

        @OptionGroup var justification: Justification

        func run() async throws {
            let api = try options.instance().api(.profile, .admin)
            try await api.send("DELETE", "/v1/instances/\(API.encoded(instance))", query: justification.query)
            Terminal.errors.line(
                "An ingest erases what \(Printable.clean(instance)) has on the log; “kith erasures” shows when it is done."
            )
        }
    }
}
