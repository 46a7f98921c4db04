import ConnectorKit
import Events
import Testing

@testable import ConnectorService

@Suite("Adding to the configuration")
struct ConfigurationDraftTests {
    private let crm = NewEntry(name: "crm", type: "hubspot", settings: [("token", "${CRM_TOKEN}")])

    private func added(_ entry: NewEntry, to text: String) throws -> String {
        var draft = ConfigurationDraft(text: text)
        try draft.add(entry)
        return draft.text
    }

    @Test(
        "puts an entry at the end of its list, and leaves everything else as it is",
        arguments: [
            ("", "connectors:\n  @\n"), ("# Ours.\n", "# Ours.\n\nconnectors:\n  @\n"),
            ("rules: []\n", "rules: []\n\nconnectors:\n  @\n"),
            ("connectors: []   # none yet\nrules: []\n", "connectors:\n  @\nrules: []\n"),
            (
                "connectors:   # all of them\n- {name: a, type: imap}\n\n# Rules.\nrules: []\n",
                "connectors:   # all of them\n- {name: a, type: imap}\n@\n\n# Rules.\nrules: []\n"
            ),
            (
                "connectors:\n    - name: a\n      type: imap\n      # port: 143\n\nrules: []",
                "connectors:\n    - name: a\n      type: imap\n      # port: 143\n    @\n\nrules: []\n"
            ),
            ("sources:\n  - {name: a, type: csv}\n", "sources:\n  - {name: a, type: csv}\n\nconnectors:\n  @\n"),
        ]
    )
    func adds(text: String, expected: String) throws {
        let indent = try #require(expected.split(separator: "\n").first { $0.hasSuffix("@") }).count - 1
        let lines = crm.lines(indent: indent).joined(separator: "\n").drop { $0 == " " }
        #expect(try added(crm, to: text) == expected.replacing("@", with: lines))
    }

    @Test(
        "adds nothing to what it does not understand",
        arguments: ["connectors: [{name: a, type: imap}]", "{rules: []}"]
    )
    func leavesAlone(text: String) throws {
        #expect { try added(crm, to: text) } throws: { "\($0)".contains("add by hand:\n  - name: crm") }
    }

    @Test(
        "writes values that are read as they were given",
        arguments: [
            "a", "a b", "a: b", #"f({a, "b.c": .d}; "it's")"#, "#a", "null", "True", "~", "- a", "*a", "“ü”", "1.10",
            "00123", "'", "\"", "a\\n", "",
            "5m", "${A}b", "[a",
            "https://x.example/?a=b", "a:", "@a", "{a", "tab\there", "line\nbreak",
        ]
    )
    func roundTrips(text: String) throws {
        let entry = NewEntry(
            name: text.isEmpty ? "x" : text,
            type: "t",
            settings: [
                ("a", .string(text)), ("b", [.string(text), "x"]),
                ("c", ["it’s": .string(text), "d e": ["f": .string(text)]]),
            ]
        )
        let configuration = try Configuration(try added(entry, to: "rules: []")) { "${\($0)}" }
        #expect(
            configuration.connectors == [
                .init(
                    name: entry.name,
                    type: "t",
                    values: [
                        "a": .string(text), "b": [.string(text), "x"],
                        "c": ["it’s": .string(text), "d e": ["f": .string(text)]],
                    ]
                )
            ]
        )
    }
}

@Suite("What an entry is made of")
struct EntryPlanTests {
    private func entry(
        _ type: String,
        _ settings: [String],
        as list: NewEntry.List? = nil,
        environment: [String: String] = [:],
        allowsSecrets: Bool = false
    ) throws -> [String] {
        let catalog = Catalog.builtIn(manifests: ManifestFolders())
        let plan = EntryPlan(catalog: catalog, environment: { environment[$0] }, allowsSecrets: allowsSecrets)
        return try plan.entry(name: "our-one", type: type, as: list, set: settings.compactMap { Assignment($0) }).lines(
            indent: 0
        )
    }

    @Test("has secrets stand in the environment")
    func namesSecrets() throws {
        let mailchimp = try entry("mailchimp", ["audience=a1"])
        #expect(
            mailchimp == ["- name: our-one", "  type: mailchimp", "  audience: a1", "  apiKey: ${OUR_ONE_API_KEY}"]
        )
        #expect(try entry("mailchimp", ["audience=a1", "apiKey=${KEY}"]).last == "  apiKey: ${KEY}")
        #expect(try entry("mailchimp", ["audience=a1", "apiKey=k-us6"], allowsSecrets: true).last == "  apiKey: k-us6")
        #expect { try entry("mailchimp", ["audience=a1", "apiKey=k-us6"]) } throws: {
            "\($0)".contains("'apiKey=${OUR_ONE_API_KEY}'")
        }
    }

    @Test("has numbers, truth values and lists")
    func kinds() throws {
        let mailbox = [
            "host=h", "user=u", "port=143", "idle=false", "mailboxes=INBOX", "mailboxes=Sent Items", "password=${P}",
        ]
        #expect(
            try entry("imap", mailbox, environment: ["P": "secret"]) == [
                "- name: our-one", "  type: imap", "  host: h", "  user: u", "  port: 143", "  idle: false",
                #"  mailboxes: ["INBOX","Sent Items"]"#, "  password: ${P}",
            ]
        )
        #expect(
            try entry("csv", ["path=a.csv", #"mapping={"userId":"id","traits":{"age":"age"}}"#], as: .sources) == [
                "- name: our-one", "  type: csv", "  path: a.csv", "  mapping:", "    traits:", "      age: age",
                "    userId: id",
            ]
        )
        // Only where they are asked for.
        #expect(try entry("csv", [#"path={"a":"b"}"#], as: .sources).last == #"  path: '{"a":"b"}'"#)
    }

    @Test(
        "refuses what the service would refuse",
        arguments: [
            ("nonsense", [], "no connector of type"), ("mailchimp", [], "“audience” is missing"),
            ("mailchimp", ["audience=a", "colour=red"], "no setting “colour”"), ("csv", ["path=a.csv"], "--as source"),
            ("imap", ["host=h", "user=u", "password=${P}", "port=0"], "from 1 to 65535"),
        ]
    )
    func refuses(type: String, settings: [String], reason: String) {
        #expect { try entry(type, settings, environment: ["P": "secret"]) } throws: { "\($0)".contains(reason) }
    }

    @Test("goes to the list of its role")
    func roles() throws {
        #expect(try entry("csv", ["path=a.csv"], as: .sources).last == "  path: a.csv")
        #expect { try entry("imap", ["host=h", "user=u"], as: .destinations) } throws: {
            "\($0)".contains("is a source")
        }
    }
}
