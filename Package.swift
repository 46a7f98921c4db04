// swift-tools-version: 6.2
import PackageDescription

// The architecture, from top to bottom: every arrow points up the page.

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let lifecycleTesting: Target.Dependency = .product(
    name: "ServiceLifecycleTestKit",
    package: "swift-service-lifecycle"
)
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let mustache: Target.Dependency = .product(name: "Mustache", package: "swift-mustache")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

/// What each service is made of besides its own subject.
let service: [Target.Dependency] = [
    "CAllocator", "Events", "MessageLog", "Topics", "ServiceKit", argumentParser, hummingbird, lifecycle, logging,
    metrics,
]

let package = Package(
    name: "kith",
    products: [
        .executable(name: "ingest", targets: ["IngestService"]),
        .executable(name: "profile", targets: ["ProfileService"]),
        .executable(name: "connector", targets: ["ConnectorService"]),
        .executable(name: "notifier", targets: ["NotifierService"]),
        .executable(name: "kith", targets: ["KithCommand"]),
    ],
    dependencies: [
        // The HTTP server.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        // Command lines: every service's options and the whole of `kith`.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // Key hashes, profile ids, webhook signatures, and the signatures of logins (RSA is among the extras).
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        // Start, signals and graceful shutdown.
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        // The SQLite driver of the stores.
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        // Singer taps are programs of their own.
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        // Message templates.
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        // Configuration files: sources, destinations and rules.
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // C: the distribution's libraries.
        // jemalloc, for whatever runs long: `profile` takes a tenth less of the processor with it.
        .target(name: "CAllocator", path: "Shared/CAllocator", linkerSettings: [.linkedLibrary("jemalloc")]),
        // The checksums of what is on the log, as fast as the processor can.
        .systemLibrary(name: "CISAL", path: "Shared/CISAL", pkgConfig: "libisal", providers: [.apt(["libisal-dev"])]),
        .systemLibrary(
            name: "CCurl",
            path: "Shared/CCurl",
            pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"])]
        ),
        .systemLibrary(name: "CZlib", path: "Shared/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        // The countries' numbering plans: Google's libphonenumber, which is C++, behind two functions.
        // A number of it is a protobuf message, whose code these call as well.
        .target(
            name: "CPhoneNumber",
            path: "Shared/CPhoneNumber",
            linkerSettings: [.linkedLibrary("phonenumber"), .linkedLibrary("protobuf")]
        ),
        // Domain names in other scripts.
        .systemLibrary(name: "CIDN2", path: "Shared/CIDN2", pkgConfig: "libidn2", providers: [.apt(["libidn2-dev"])]),
        // Mapping expressions in the connectors' manifests.
        .systemLibrary(name: "CJQ", path: "Shared/CJQ", providers: [.apt(["libjq-dev"])]),
        // PostgreSQL's own client.
        .systemLibrary(
            name: "CPostgres",
            path: "Shared/CPostgres",
            pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"])]
        ),
        // The client of NATS, for the log on JetStream.
        .systemLibrary(name: "CNATS", path: "Shared/CNATS", pkgConfig: "libnats", providers: [.apt(["libnats-dev"])]),
        // Unicode's normalization forms and case folding.
        .systemLibrary(name: "CUnistring", path: "Shared/CUnistring", providers: [.apt(["libunistring-dev"])]),

        // The pure core: no I/O, no clock.
        .target(name: "Events", path: "Shared/Events", swiftSettings: settings),
        .target(
            name: "Identity",
            dependencies: ["CIDN2", "CPhoneNumber", "CUnistring", "Events"],
            path: "Shared/Identity",
            swiftSettings: settings
        ),
        .target(name: "Audience", dependencies: ["Events"], path: "Shared/Audience", swiftSettings: settings),

        // Configuration files.
        .target(name: "YAML", dependencies: ["Events", yams], path: "Shared/YAML", swiftSettings: settings),
        .target(
            name: "IdentityRules",
            dependencies: ["Events", "Identity", "YAML"],
            path: "Shared/IdentityRules",
            swiftSettings: settings
        ),

        // What the expressions in them say.
        .target(name: "JQ", dependencies: ["CJQ", "Events", crypto], path: "Shared/JQ", swiftSettings: settings),

        // Clients of what runs elsewhere.
        .target(name: "Curl", dependencies: ["CCurl"], path: "Shared/Curl", swiftSettings: settings),
        .target(
            name: "PostgreSQL",
            dependencies: ["CPostgres"],
            path: "Shared/PostgreSQL",
            swiftSettings: settings
        ),

        // The seams, each with a folder for every driver.
        .target(
            name: "MessageLog",
            dependencies: ["CISAL", "CNATS"],
            path: "Shared/MessageLog",
            swiftSettings: settings
        ),
        .target(name: "Store", dependencies: ["PostgreSQL", grdb], path: "Shared/Store", swiftSettings: settings),

        // What the services say to each other, and what each of them needs.
        .target(
            name: "Topics",
            dependencies: ["Events", "MessageLog"],
            path: "Shared/Topics",
            exclude: ["Schemas"],
            swiftSettings: settings
        ),
        .target(
            name: "ServiceKit",
            dependencies: [
                "CZlib", "Events", "Identity", "IdentityRules", "MessageLog", "Topics", argumentParser,
                crypto,
                hummingbird, lifecycle, logging, metrics,
            ],
            path: "Shared/ServiceKit",
            swiftSettings: settings
        ),
        // How several processes of one service share its work.
        .target(
            name: "Membership",
            dependencies: ["MessageLog", "ServiceKit", "Store", "Topics", lifecycle, logging],
            path: "Shared/Membership",
            swiftSettings: settings
        ),
        .target(
            name: "ConnectorKit",
            dependencies: ["Curl", "Events", "JQ", "Topics", "YAML", crypto, cryptoExtras],
            path: "Shared/ConnectorKit",
            swiftSettings: settings
        ),

        // The services, and the command line.
        .executableTarget(
            name: "IngestService",
            dependencies: service + [crypto],
            path: "Services/Ingest",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "ProfileService",
            dependencies: service + [
                "Audience", "Identity", "IdentityRules", "Membership", "Store", "YAML", crypto,
            ],
            path: "Services/Profile",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "ConnectorService",
            dependencies: service + [
                "ConnectorKit", "Curl", "Identity", "Membership", "PostgreSQL", "Store", "YAML", crypto, subprocess,
                system,
            ],
            path: "Services/Connector",
            exclude: ["Native/PostgreSQL/README.md", "Native/Singer/README.md"],
            resources: [.copy("Catalog")],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "NotifierService",
            dependencies: service + ["Curl", "Identity", "Membership", "Store", "YAML", crypto, mustache],
            path: "Services/Notifier",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "KithCommand",
            dependencies: ["Curl", "Events", "MessageLog", "ServiceKit", "Topics", argumentParser, crypto, logging],
            path: "Services/Kith",
            swiftSettings: settings
        ),
    ]
)

/// The tests, and what only tests use; they mirror the targets.
let tests: [Target] = [
    .target(
        name: "TestKit",
        dependencies: ["MessageLog", "PostgreSQL"],
        path: "Shared/TestKit",
        swiftSettings: settings
    ),
    .executableTarget(
        name: "LogWriter",
        dependencies: ["MessageLog"],
        path: "Tests/Programs/LogWriter",
        swiftSettings: settings
    ),
    .executableTarget(
        name: "LogRate",
        dependencies: ["CAllocator", "CNATS", "MessageLog"],
        path: "Tests/Programs/LogRate",
        swiftSettings: settings
    ),
    .executableTarget(
        name: "IdentityScore",
        dependencies: ["CAllocator", "Events", "Identity"],
        path: "Tests/Programs/IdentityScore",
        swiftSettings: settings
    ),
    .testTarget(name: "ArchitectureTests", swiftSettings: settings),
    .testTarget(name: "EventsTests", dependencies: ["Events"], swiftSettings: settings),
    .testTarget(name: "AudienceTests", dependencies: ["Audience", "Events"], swiftSettings: settings),
    .testTarget(
        name: "MessageLogTests",
        dependencies: ["LogWriter", "MessageLog", "TestKit"],
        swiftSettings: settings
    ),
    .testTarget(name: "IdentityTests", dependencies: ["Events", "Identity"], swiftSettings: settings),
    .testTarget(name: "YAMLTests", dependencies: ["Events", "YAML"], swiftSettings: settings),
    .testTarget(
        name: "IdentityRulesTests",
        dependencies: ["Identity", "IdentityRules"],
        swiftSettings: settings
    ),
    .testTarget(name: "TopicsTests", dependencies: ["Events", "MessageLog", "Topics"], swiftSettings: settings),
    .testTarget(
        name: "ServiceKitTests",
        dependencies: [
            "CZlib", "Events", "Identity", "MessageLog", "ServiceKit", "TestKit", "Topics", argumentParser, logging,
            metrics,
        ],
        swiftSettings: settings
    ),
    .testTarget(name: "CurlTests", dependencies: ["Curl"], swiftSettings: settings),
    .testTarget(name: "PostgreSQLTests", dependencies: ["PostgreSQL", "TestKit"], swiftSettings: settings),
    .testTarget(name: "StoreTests", dependencies: ["PostgreSQL", "Store", "TestKit"], swiftSettings: settings),
    .testTarget(
        name: "MembershipTests",
        dependencies: ["Membership", "MessageLog", "PostgreSQL", "ServiceKit", "Store", "TestKit", lifecycleTesting],
        swiftSettings: settings
    ),
    .testTarget(name: "JQTests", dependencies: ["Events", "JQ"], swiftSettings: settings),
    .testTarget(
        name: "ConnectorKitTests",
        dependencies: ["ConnectorKit", "Curl", "Events", "JQ", "Topics", "YAML", crypto, cryptoExtras],
        swiftSettings: settings
    ),
    .testTarget(
        name: "ConnectorServiceTests",
        dependencies: [
            "ConnectorService", "ConnectorKit", "Curl", "Identity", "Membership", "PostgreSQL", "Store", "TestKit",
        ] + service,
        swiftSettings: settings
    ),
    .testTarget(
        name: "IngestServiceTests",
        dependencies: ["IngestService", "Identity", "TestKit"] + service,
        swiftSettings: settings
    ),
    .testTarget(
        name: "ProfileServiceTests",
        dependencies: [
            "ProfileService", "Audience", "Identity", "IdentityRules", "PostgreSQL", "Store", "TestKit", "YAML",
        ] + service,
        swiftSettings: settings
    ),
    .testTarget(
        name: "NotifierServiceTests",
        dependencies: ["NotifierService", "Identity", "Membership", "Store", "TestKit"] + service,
        swiftSettings: settings
    ),
    .testTarget(
        name: "KithCommandTests",
        dependencies: ["KithCommand", "Events", "MessageLog", argumentParser],
        swiftSettings: settings
    ),
]

package.targets += tests
