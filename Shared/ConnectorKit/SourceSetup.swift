/// What a source is made from.
public struct SourceSetup: Sendable {
    /// The source's name, which its events carry.
    public var name: String
    /// Its own settings.
    public var settings: Settings
    /// What it has around it.
    public var surroundings: SourceSurroundings

    /// A setup of its parts.
    public init(name: String, settings: Settings, surroundings: SourceSurroundings = SourceSurroundings()) {
        self.name = name
        self.settings = settings
        self.surroundings = surroundings
    }
}

/// What a source written in Swift has around it.
public struct SourceSurroundings: Sendable {
    /// Keeps secrets that change, such as a refresh token that replaces another.
    public var vault: any Vault
    /// Remembers the records that were read.
    public var memory: any SourceMemory
    /// A folder in which it may keep files; it need not be there yet.
    public var folder: String?
    /// Whether it is read once, and is whole as it is then.
    public var isReadOnce = false

    /// Surroundings of their parts; by themselves they keep nothing.
    public init(vault: any Vault = MemoryVault(), memory: any SourceMemory = NoMemory(), folder: String? = nil) {
        self.vault = vault
        self.memory = memory
        self.folder = folder
    }

    /// Those of a source that is read once.
    public static var once: SourceSurroundings {
        var surroundings = SourceSurroundings()
        surroundings.isReadOnce = true
        return surroundings
    }
}
