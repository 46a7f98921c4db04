import ConnectorKit
import Events
import Logging
import ServiceKit
import Synchronization

/// A tap with its configuration: installed, asked for its streams, and run.
struct Tap: Sendable {
    private let installation: TapInstallation
    private let program: TapProgram
    private let configured: JSONValue
    private let catalogOption: String
    private let vault: any Vault
    private let turn: Turn
    /// Most runs are over sooner.
    private static let patience = Duration.seconds(20)

    init(_ setup: SourceSetup) throws(SettingsError) {
        let settings = setup.settings
        let requirement = try settings.requiredText("tap")
        // It becomes the tap's working directory, in which a relative path would lead elsewhere.
        let folder = Folder.absolute(setup.surroundings.folder ?? "/tmp/kith-tap-\(setup.name)")
        installation = TapInstallation(
            folder: folder,
            requirement: requirement,
            executable: try settings.text("executable") ?? Self.package(of: requirement),
            python: try settings.requiredText("python")
        )
        program = TapProgram(
            folder: folder,
            variables: try settings.object("environment").mapValues(\.plainText),
            patience: try settings.requiredDuration("patience")
        )
        configured = .object(try settings.object("config"))
        catalogOption = try settings.requiredText("catalogOption")
        vault = setup.surroundings.vault
        turn = Turn.of(folder)
    }

    /// The name before versions, extras and addresses; of a path or an address alone the name at its end.
    static func package(of requirement: String) -> String {
        let name = requirement.prefix { $0.isLetter || $0.isNumber || "-_.".contains($0) }
        let isPlace = requirement[name.endIndex...].first.map { "/:+".contains($0) } ?? false
        return (isPlace ? nameAtEnd(of: requirement) : String(name)).lowercased().replacing("_", with: "-")
    }

    /// Without a commit, a version and what kind of file it is.
    private static func nameAtEnd(of place: String) -> String {
        let path = place.prefix { $0 != "#" && $0 != "?" }
        let last = path.split(separator: "/").last ?? ""
        return String(last.prefix { $0 != "@" }.replacing(#/(-[0-9].*)?\.(git|whl|zip|tar\.gz)$/#, with: ""))
    }

    /// Does something while nobody else runs this tap: two of them would take each other's rotated tokens away.
    func alone<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        guard try await turn.take(within: Self.patience) else {
            throw ConnectorFailure(.transient, "The tap is running already; pause the source, or try again later.")
        }
        defer { turn.give() }
        Leftovers.end(markedBy: "\(TapProgram.mark)=\(program.folder)")
        try await installation.install(by: program)
        return try await body()
    }

    // MARK: Discovery

    /// Its streams; what it said before will do unless its version or its configuration is another one.
    func discover(isFresh: Bool) async throws -> SingerCatalog {
        let path = "\(program.folder)/catalog.json"
        let key = EventDraft.id(of: [installation.state ?? "", configured.text])
        if !isFresh, let text = try? Folder.text(of: path), text.hasPrefix(key) {
            return try SingerCatalog(Array(text.utf8.dropFirst(key.utf8.count)))
        }
        let output = Lines()
        try await withFiles { folder, config in
            try await program.run(installation.program, ["--config", config, "--discover"]) { await output.add($0) }
        }
        let catalog = try SingerCatalog(await output.all)
        try Folder.replace(path, with: key + (await output.text))
        return catalog
    }

    // MARK: Running

    /// Runs it with this catalog from this state on.
    func sync(
        catalog: JSONValue,
        state: JSONValue?,
        take: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        try await withFiles { folder, config in
            var arguments = ["--config", config, catalogOption, try folder.write(catalog, as: "catalog.json")]
            if let state { arguments += ["--state", try folder.write(state, as: "state.json")] }
            try await program.run(installation.program, arguments, take: take)
        }
    }

    /// Lends the tap files of its own; what it changes in its configuration is kept, whatever becomes of the run.
    private func withFiles(_ body: (PrivateFolder, String) async throws -> Void) async throws {
        try await keepChange(in: PrivateFolder(leftAt: "\(program.folder)/run"))
        let folder = try PrivateFolder(at: "\(program.folder)/run")
        // What cannot be kept now stays there, and is kept before the next run.
        var mayGo = true
        defer { if mayGo { folder.remove() } }
        let given = try await currentConfiguration()
        _ = try folder.write(labelled(given), as: "given.json")
        let path = try folder.write(given, as: "config.json")
        mayGo = false
        let result: Result<Void, any Error>
        do {
            try await body(folder, path)
            result = .success(())
        } catch {
            result = .failure(withoutSecrets(error, given))
        }
        // By a task of its own: a store ends what it is at when this one is cancelled, as when the source is paused.
        try await Task { try await keepChange(in: folder) }.value
        mayGo = true
        try result.get()
    }

    /// As the tap left it, as long as what the user says is the same.
    private func currentConfiguration() async throws -> JSONValue {
        guard let kept = try await vault.value("config"), isOfThis(kept) else { return configured }
        return kept["config"] ?? configured
    }

    /// Without what the tap was given in confidence: the address that it complains of may have its token in it.
    private func withoutSecrets(_ error: any Error, _ given: JSONValue) -> any Error {
        guard var failure = error as? ConnectorFailure else { return error }
        failure.problem = failure.problem.masking(given.allTexts + configured.allTexts + program.variables.values)
        return failure
    }

    /// Keeps what the tap has made of the configuration that it was given.
    private func keepChange(in folder: PrivateFolder) async throws {
        guard let given = folder.read("given.json"), isOfThis(given),
            let left = folder.read("config.json"), case .object = left, left != given["config"]
        else { return }
        Logger.current.info("The tap has changed its configuration")
        try await vault.keep(labelled(left), as: "config")
    }

    /// A configuration with what it was made of.
    private func labelled(_ configuration: JSONValue) -> JSONValue {
        ["for": .string(EventDraft.id(of: [configured.text])), "config": configuration]
    }

    private func isOfThis(_ labelled: JSONValue) -> Bool {
        labelled["for"] == .string(EventDraft.id(of: [configured.text]))
    }
}

/// Whose turn it is to run a tap.
private final class Turn: Sendable {
    private static let known = Mutex<[String: Turn]>([:])
    private let isTaken = Mutex(false)

    static func of(_ folder: String) -> Turn {
        known.withLock { known in
            let turn = known[folder] ?? Turn()
            known[folder] = turn
            return turn
        }
    }

    /// Waits for one's turn, but no longer than so long.
    func take(within patience: Duration) async throws -> Bool {
        let end = ContinuousClock.now + patience
        while !takeNow() {
            guard ContinuousClock.now < end else { return false }
            try await Task.sleep(for: .milliseconds(50))
        }
        return true
    }

    private func takeNow() -> Bool {
        isTaken.withLock { isTaken in
            defer { isTaken = true }
            return !isTaken
        }
    }

    func give() { isTaken.withLock { $0 = false } }
}
