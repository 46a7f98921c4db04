/// What the program is asked to do.
///
///     logwriter append DIRECTORY TOPIC PRODUCER [--count N] [--bytes N] [--records N] [--in-flight N]
///         [--after N] [--segment N] [--patience N]
///     logwriter read DIRECTORY TOPIC PRODUCER
///     logwriter reread DIRECTORY TOPIC PRODUCER [--until N]
///     logwriter rewrite DIRECTORY TOPIC PRODUCER [--every N] [--bytes N] [--segment N]
///     logwriter follow DIRECTORY TOPIC COUNT
///
/// In the place of a directory stand NATS servers if it begins with `nats://`.
struct Arguments {
    enum Verb: String {
        case append
        case read
        case reread
        case rewrite
        case follow
    }

    var verb: Verb
    var directory: String
    var topic: String
    /// The producer's name, or the count to follow.
    var last: String
    private var options: [String: Int] = [:]

    init?(_ words: [String]) {
        guard words.count >= 4, words.count % 2 == 0, let verb = Verb(rawValue: words[0]) else { return nil }
        self.verb = verb
        (directory, topic, last) = (words[1], words[2], words[3])
        for index in stride(from: 4, to: words.count, by: 2) {
            guard words[index].hasPrefix("--"), let value = Int(words[index + 1]) else { return nil }
            options[String(words[index].dropFirst(2))] = value
        }
    }

    func option(_ name: String, default value: Int) -> Int { options[name] ?? value }
}
