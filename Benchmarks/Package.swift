// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

// What the benchmarks compare with or measure alone; a package of its own, so that nothing of it enters the product's build.
let package = Package(
    name: "benchmarks",
    products: [
        .executable(name: "bare-route", targets: ["BareRoute"]),
        .executable(name: "identity", targets: ["IdentityBenchmark"]),
    ],
    dependencies: [
        .package(name: "kith", path: ".."),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    ],
    targets: [
        .executableTarget(
            name: "BareRoute",
            dependencies: [.product(name: "Hummingbird", package: "hummingbird")],
            path: "BareRoute",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "IdentityBenchmark",
            dependencies: [.product(name: "Events", package: "kith"), .product(name: "Identity", package: "kith")],
            path: "Identity",
            swiftSettings: settings
        ),
    ]
)
