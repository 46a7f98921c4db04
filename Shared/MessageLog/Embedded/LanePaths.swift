/// Where the files of one lane are, and what they are called.
struct LanePaths: Sendable {
    /// The suffix of a file that is not finished.
    static let draft = ".new"
    /// The directory beside the lanes in which consumers note their progress.
    static let consumers = "consumers"
    private static let suffix = ".seg"

    let root: String
    let topicDirectory: String
    let directory: String

    init(root: String, partition: Partition) {
        self.root = root
        topicDirectory = "\(root)/\(partition.topic)"
        directory = "\(topicDirectory)/\(partition.name)"
    }

    /// The directories whose entries a lane's files need, the outermost first.
    var ancestry: [String] { [root, topicDirectory, directory] }
    var lock: String { directory + "/lock" }
    var head: String { directory + "/head" }

    /// A segment's file; twenty digits, so that names sort as offsets do.
    func segment(_ base: Offset) -> String {
        let digits = String(base)
        return "\(directory)/\(String(repeating: "0", count: 20 - digits.count))\(digits)\(Self.suffix)"
    }

    /// The base offsets of the segments among the names, ascending.
    static func segments(among names: [String]) -> [Offset] {
        names.compactMap(base).sorted()
    }

    /// The drafts of segments before this one among the names.
    static func drafts(among names: [String], before segment: Offset) -> [String] {
        names.filter { name in
            guard name.hasSuffix(draft), let base = base(String(name.dropLast(draft.utf8.count))) else { return false }
            return base < segment
        }
    }

    private static func base(_ name: String) -> Offset? {
        guard name.utf8.count == 24, name.hasSuffix(suffix) else { return nil }
        return Offset(name.dropLast(suffix.utf8.count))
    }

    /// Refuses what may not be a topic, producer or consumer.
    static func check(_ name: String) throws(MessageLogError) {
        guard name != consumers, Partition.isName(name) else { throw .invalidName(name) }
    }
}

extension FileSystem {
    /// The base offsets of a lane's segments, ascending.
    ///
    /// A listing may miss a name that is replaced meanwhile; so the answer is what two listings in a row agree on.
    func segments(of paths: LanePaths) throws(FileError) -> [Offset] {
        var before = LanePaths.segments(among: try list(paths.directory))
        while true {
            let now = LanePaths.segments(among: try list(paths.directory))
            if now == before { return now }
            before = now
        }
    }
}
