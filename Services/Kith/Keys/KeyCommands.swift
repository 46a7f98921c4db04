import ArgumentParser
import Events
import Topics

/// Makes, lists and revokes keys.
struct Keys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make, list and revoke keys.",
        subcommands: [Create.self, List.self, Revoke.self],
        defaultSubcommand: List.self
    )
}

extension Keys {
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a key; its secret is shown only now.",
            discussion: """
                EXAMPLES:
                  kith keys create write --source web
                  kith keys create write --source crm --user-namespace crm
                  kith keys create read
                """
        )

        @OptionGroup var options: InstanceOptions

        @Argument(help: "What it may do: write, read or admin.")
        var scope: GrantedKey.Scope

        @Option(help: "The source that a write key's events belong to; a label for the others.")
        var source: String?

        @Option(help: "The namespace that this source's user ids are in; by default user.")
        var userNamespace: String?

        @Flag(help: "Print the key as JSON.")
        var json = false

        func validate() throws {
            guard scope != .write || source != nil else { throw ValidationError("A write key needs a --source.") }
        }

        func run() async throws {
            var wish: [String: JSONValue] = ["scope": .string(scope.rawValue)]
            wish["source"] = source.map(JSONValue.string)
            wish["userNamespace"] = userNamespace.map(JSONValue.string)
            let key = try await options.instance().api(.profile, .admin).post("/v1/keys", .object(wish))
            if json { return Terminal.output.line(json: key) }
            Terminal.output.line(Shown.value(key["secret"]))
            Terminal.errors.line("This is the only time it is shown. Its id is \(Shown.value(key["id"])).")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the keys that are good; never their secrets.")

        @OptionGroup var options: InstanceOptions

        @Flag(help: "Print them as JSON, one on each line.")
        var json = false

        func run() async throws {
            let answer = try await options.instance().api(.profile, .admin).get("/v1/keys")
            let keys = answer.list("keys")
            if json {
                for key in keys { Terminal.output.line(json: key) }
            } else {
                show(keys)
            }
        }

        private func show(_ keys: [JSONView]) {
            let rows = keys.map { key in
                [
                    Shown.value(key["id"]), Shown.value(key["scope"]), Shown.value(key["source"]),
                    Shown.value(key["userNamespace"]), Shown.time(key["createdAt"]),
                ]
            }
            let columns = ["id", "scope", "source", "user namespace", "created"]
            Terminal.output.line(Table(columns: columns, rows: rows, styles: [0: .cyan]).render(on: .output))
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Revoke a key; every service refuses it at once.")

        @OptionGroup var options: InstanceOptions

        @Argument(help: "The key's id, as “kith keys list” shows it.")
        var id: String

        func run() async throws {
            try await options.instance().api(.profile, .admin).send("DELETE", "/v1/keys/\(API.encoded(id))")
            Terminal.errors.line("The key \(Printable.clean(id)) is revoked.")
        }
    }
}

extension GrantedKey.Scope: ExpressibleByArgument {}
