import ArgumentParser

/// Makes connectors, and runs those that are configured.
struct Connector: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make and test connectors; check, look at, pause and reset those that run.",
        discussion: """
            Connectors of your own lie in the folder “connectors” of the data directory, or where --connectors or \
            KITH_CONNECTORS says. docs/connectors.md leads from nothing to a working one.
            """,
        subcommands: [
            List.self, Show.self, New.self, Test.self, Add.self, Reload.self, Overview.self, Check.self,
            Discover.self, Read.self, Run.self, Pause.self,
            Resume.self, State.self, Reset.self, Logs.self,
        ]
    )
}
