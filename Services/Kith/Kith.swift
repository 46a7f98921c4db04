import ArgumentParser

/// The command line of Kith: one subcommand for each thing to do.
struct Kith: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kith",
        abstract: "One profile per person, from every system that knows them.",
        discussion: """
            Start everything on this machine with “kith up”; the other commands find it through the data directory.

            EXIT CODES:
              0  done
              1  it failed, and standard error says why; or the answer is no
              2  the command line is wrong
              3  there is no such thing
              4  the key is missing, wrong or may not do this
              5  no running Kith could be reached

            ENVIRONMENT:
              KITH_DATA  the data directory (.kith)
              KITH_URL   the query API's address, in place of a data directory;
                         --data counts before it
              KITH_KEY   the key to use there
              NO_COLOR   set to anything: no colours

            With KITH_URL or --url, some commands need the other services' addresses:
              KITH_CONNECTOR_URL  for “import”, and for what “connector” asks
                                  of a running one
              KITH_INGEST_URL, KITH_NOTIFIER_URL
                                  with the others for “status”, “log-level”
                                  and “backup”
            """,
        subcommands: [
            Up.self, Sample.self, Import.self, Connector.self, Query.self, Search.self, Explain.self, History.self,
            Merge.self, Split.self, Undo.self, Decisions.self, Correct.self, Erase.self, Erasures.self, Tail.self,
            Export.self, Keys.self,
            DeadLetters.self, Rebuild.self, Status.self, LogLevel.self, Backup.self, Restore.self, StoreCommands.self,
            Completions.self,
        ]
    )
}
