import Membership
import ServiceKit

/// A process that has its store, in files, for itself.
struct Alone {
    let own: ProfileProcess

    func run() async throws {
        let inEffect = BookInEffect()
        let parts = try await parts(inEffect)
        try await own.run(
            store: parts.inUse,
            inEffect: inEffect,
            rebuilds: parts.desk,
            membership: .alone,
            services: parts.services + [own.forgetting.eraser(cleanStore: parts.cleanStore)]
        )
    }

    /// What runs, with the store that was in use; who keeps hold of that himself keeps it from being removed after a rebuild.
    private func parts(_ inEffect: BookInEffect) async throws -> ResolverParts {
        let places = StoreFiles(directory: own.process.options.data)
        let opened = try places.open(orNewBy: own.rules)
        try await own.check(opened.live.view, of: places.path(opened.live.number))
        try await InitialKeys.grant(on: own.log, at: SystemClock.now())
        own.warn(of: opened.live.rules)
        try await own.lateForgetting(in: places.directory).run(on: opened.live)
        try await NotedProgress(log: own.log, consumer: own.lane).correct(to: opened.live.store)
        var surroundings = ResolverParts.Surroundings(log: own.log, name: own.lane, places: places)
        surroundings.readiness = own.process.readiness
        surroundings.inEffect = inEffect
        return try ResolverParts(own, from: opened, in: surroundings)
    }
}
