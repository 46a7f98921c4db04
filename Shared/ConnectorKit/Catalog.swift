public import Events
import Synchronization

/// The connectors that a configuration may name: those written in Swift, and those that a manifest describes.
public struct Catalog: Sendable {
    private let sources: [any NativeSource.Type]
    private let destinations: [any NativeDestination.Type]
    private let manifests: any ManifestShelf
    private let native: @Sendable (String) -> SourceSurroundings
    private let surroundings: @Sendable (String) -> Surroundings
    private let callers = Callers()
    private let compiled = Compiled()

    /// A catalog of these; `native` and `surroundings` are what the connector of a name has around it, one written in Swift
    /// and one that a manifest describes.
    public init(
        sources: [any NativeSource.Type],
        destinations: [any NativeDestination.Type],
        manifests: any ManifestShelf = EmptyShelf(),
        native: @escaping @Sendable (String) -> SourceSurroundings = { _ in SourceSurroundings() },
        surroundings: @escaping @Sendable (String) -> Surroundings
    ) {
        self.sources = sources
        self.destinations = destinations
        self.manifests = manifests
        self.native = native
        self.surroundings = surroundings
    }

    /// The settings that a type knows as a source and as a destination; `nil` for what it is not.
    public func fields(
        of type: String
    ) throws(SettingsError) -> (source: [SettingField]?, destination: [SettingField]?) {
        let (source, destination) = (source(type), destination(type))
        if source != nil || destination != nil {
            return (source?.settings, destination.map { $0.settings + DeliverySettings.fields })
        }
        let manifest = try manifest(type)
        return (
            manifest.isSource ? manifest.settings + DeclarativeSource.fields : nil,
            manifest.isDestination ? manifest.settings + DeliverySettings.fields : nil
        )
    }

    /// The types that are written in Swift, in alphabetical order.
    public var natives: [NativeCard] {
        Set(sources.map { $0.type } + destinations.map { $0.type }).sorted().map { type in
            NativeCard(type: type, source: source(type)?.summary, destination: destination(type)?.summary)
        }
    }

    /// Whether the type is described by a manifest.
    public func isDeclared(_ type: String) -> Bool { source(type) == nil && destination(type) == nil }

    /// Makes the source that a configuration entry describes.
    public func source(
        name: String,
        type: String,
        values: [String: JSONValue]
    ) throws(SettingsError) -> any Source {
        if let found = source(type) {
            let settings = try Settings(values, declared: found.settings)
            return try found.init(SourceSetup(name: name, settings: settings, surroundings: native(name)))
        }
        let manifest = try manifest(type)
        guard manifest.isSource else { throw .unknownType(type, known: sourceTypes) }
        let settings = try Settings(values, declared: manifest.settings + DeclarativeSource.fields)
        return try DeclarativeSource(manifest, name: name, settings: settings, caller(of: name, manifest, settings))
    }

    /// Makes the destination that a configuration entry describes, and says how to deliver to it.
    public func destination(
        name: String,
        type: String,
        values: [String: JSONValue]
    ) throws(SettingsError) -> (destination: any Destination, delivery: DeliverySettings) {
        if let found = destination(type) {
            let settings = try Settings(values, declared: found.settings + DeliverySettings.fields)
            return (try found.init(name: name, settings: settings), try DeliverySettings(settings))
        }
        let manifest = try manifest(type)
        let settings = try Settings(values, declared: manifest.settings + DeliverySettings.fields)
        guard let made = try DeclarativeDestination(manifest, caller(of: name, manifest, settings)) else {
            throw .unknownType(type, known: destinationTypes)
        }
        return (made, try DeliverySettings(settings))
    }

    private func caller(of name: String, _ manifest: Manifest, _ settings: Settings) throws(SettingsError) -> Caller? {
        let values = try settings.json(of: manifest.settings)
        return callers.caller(of: name, with: values) {
            manifest.http.map { Caller($0, settings: values, surroundings(name)) }
        }
    }

    private func source(_ type: String) -> (any NativeSource.Type)? { sources.first { $0.type == type } }

    private func destination(_ type: String) -> (any NativeDestination.Type)? { destinations.first { $0.type == type } }

    private var sourceTypes: [String] { sources.map { $0.type } + manifests.names }

    private var destinationTypes: [String] { destinations.map { $0.type } + manifests.names }

    private func manifest(_ type: String) throws(SettingsError) -> Manifest {
        do throws(ManifestError) {
            if let manifest = try compiled.manifest(type, from: manifests) { return manifest }
        } catch {
            throw .unusable(type, reason: error.description)
        }
        throw .unknownType(type, known: Array(Set(sourceTypes + destinationTypes)).sorted())
    }
}

/// What a list of connectors says of one that is written in Swift.
public struct NativeCard: Sendable, Equatable {
    /// Its type in the configuration.
    public let type: String
    /// What it brings in; `nil` if it is no source.
    public let source: String?
    /// What it sends out; `nil` if it is no destination.
    public let destination: String?

    /// A sentence for each.
    public var summary: String { [source, destination].compactMap { $0 }.joined(separator: " ") }
}

/// The manifests that were asked for: compiling all of one's expressions takes a while.
private final class Compiled: Sendable {
    private let known = Mutex<[String: Manifest]>([:])

    func manifest(_ name: String, from shelf: any ManifestShelf) throws(ManifestError) -> Manifest? {
        if let found = known.withLock({ $0[name] }) { return found }
        let manifest = try shelf.manifest(name)
        known.withLock { $0[name] = manifest }
        return manifest
    }
}

/// Who asks a vendor: one for the source and the destination of a name, which have one login and one budget.
private final class Callers: Sendable {
    private let known = Mutex<[String: (settings: JSONValue, caller: Caller)]>([:])

    func caller(of name: String, with settings: JSONValue, _ make: () -> Caller?) -> Caller? {
        known.withLock { known in
            if let found = known[name], found.settings == settings { return found.caller }
            let caller = make()
            known[name] = caller.map { (settings, $0) }
            return caller
        }
    }
}

/// Where manifests are found.
public protocol ManifestShelf: Sendable {
    /// What there is, in alphabetical order.
    var names: [String] { get }
    /// The manifest of this name; `nil` when there is none.
    func manifest(_ name: String) throws(ManifestError) -> Manifest?
}

/// A shelf with nothing on it.
public struct EmptyShelf: ManifestShelf {
    /// An empty shelf.
    public init() {}
    /// Nothing.
    public var names: [String] { [] }
    /// Nothing.
    public func manifest(_ name: String) -> Manifest? { nil }
}

/// Why a manifest cannot be used.
public struct ManifestError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Its file.
    public var file: String
    /// One sentence, or two, with the line.
    public var problem: String

    /// An error of its parts.
    public init(file: String, problem: String) {
        self.file = file
        self.problem = problem
    }

    /// The sentence behind its file.
    public var description: String { "\(file): \(problem)" }
}
