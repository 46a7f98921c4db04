import ConnectorKit
import Events
import Testing

@Suite("Settings")
struct SettingsTests {
    private let fields: [SettingField] = [
        .required("url", "Where to."), .optional("timeout", "How long.", default: "20s"),
        .optional("password", "The password.", secret: true), .optional("allow", "Ranges."),
    ]

    @Test("refuses an unknown setting by name, together with the known ones")
    func refusesUnknown() {
        #expect(throws: SettingsError.unknown("ulr", known: ["url", "timeout", "password", "allow"])) {
            try Settings(["ulr": "x"], declared: fields)
        }
        #expect(throws: SettingsError.missing("url")) { try Settings(["timeout": "1s"], declared: fields) }
    }

    @Test(
        "reads time spans",
        arguments: [
            ("500ms", 500), ("20", 20_000), ("30s", 30_000), ("5m", 300_000), ("2h", 7_200_000), ("1d", 86_400_000),
            ("36525d", 3_155_760_000_000),
        ]
    )
    func readsDurations(text: String, milliseconds: Int) throws {
        let settings = try Settings(["url": "x", "timeout": .string(text)], declared: fields)
        #expect(try settings.duration("timeout") == .milliseconds(milliseconds))
    }

    @Test("says what a value should have been")
    func refusesValues() throws {
        let settings = try Settings(["url": "x", "timeout": "soon", "allow": ["10.0.0.0/8", "all"]], declared: fields)
        #expect(throws: SettingsError.self) { try settings.duration("timeout") }
        #expect(throws: SettingsError.self) { try settings.ranges("allow") }
        #expect(throws: SettingsError.self) { try settings.integer("timeout", in: 1...5) }
    }

    @Test(
        "refuses a time span that cannot be reckoned with",
        arguments: ["36526d", "4000000000d", "4294967295d", "9223372036854775807d", "99999999999999999999"]
    )
    func refusesVeryLong(text: String) throws {
        let settings = try Settings(["retryFirst": .string(text)], declared: DeliverySettings.fields)
        #expect(throws: SettingsError.self) { try DeliverySettings(settings) }
    }

    @Test("refuses to have what failed tried again without a pause", arguments: ["retryFirst", "retryLongest"])
    func refusesNoPause(name: String) throws {
        let settings = try Settings([name: "0s"], declared: DeliverySettings.fields)
        let error = #expect(throws: SettingsError.self) { try DeliverySettings(settings) }
        #expect("\(try #require(error))".contains("“\(name)” is zero"))
    }

    @Test("uses the default of what is not given")
    func usesDefaults() throws {
        let settings = try Settings(["url": "x", "password": "hidden"], declared: fields)
        #expect(try settings.duration("timeout") == .seconds(20))
    }
}
