// swift-tools-version: 6.2
import PackageDescription

// What the benchmarks compare with; a package of its own, so that nothing of it enters the product's build.
let package = Package(
    name: "benchmarks",
    products: [.executable(name: "bare-route", targets: ["BareRoute"])],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: [])
    ],
    targets: [
        .executableTarget(
            name: "BareRoute",
            dependencies: [.product(name: "Hummingbird", package: "hummingbird")],
            path: "BareRoute",
            swiftSettings: [
                .swiftLanguageMode(.v6),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .treatAllWarnings(as: .error),
            ]
        )
    ]
)
