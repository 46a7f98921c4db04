import Events
import Identity
import MessageLog
import Store
import Testing

@testable import ProfileService

@Suite("What is read ahead")
struct PrefetchTests {
    /// A memory of the graph, and what was read ahead for it.
    private struct Memory {
        let world: PipelineWorld
        let cache: GraphCache
        private let hash = KeyedHash(secret: Array(repeating: 7, count: 32))
        let mentions: Mentions
        let prefetched: Prefetched

        /// Three people, of whom the last is not in the store.
        init() async throws {
            world = try PipelineWorld()
            let events = ["a", "b", "c"].map { TestEvent($0, at: 1, #"{"userId":"\#($0)"}"#) }
            try await world.send(Array(events.prefix(2)))
            try await world.settle()
            let decoder = EventDecoder(rules: Rules(), hash: hash, now: { Timestamp(microseconds: 0) }, trapOn: nil)
            let decoded = try events.map { decoder.event(of: try EventEnvelope(decoding: $0.record.value), at: 0) }
            let named = Mentions(decoded, by: hash)
            mentions = named
            cache = try Self.cache(of: world)
            let request = cache.prefetch()
            prefetched = try world.store.readBeside { try Prefetched(named, request, in: $0) }
        }

        static func cache(of world: PipelineWorld) throws -> GraphCache {
            try world.store.read { try GraphCache(capacity: 100, in: $0) }
        }

        /// The numbers of the three, taking what was read ahead.
        func lookUp() throws -> [Int64] {
            try world.store.read { db in
                try WorkingGraph(db: db, cache: cache, rules: Rules(), hash: hash).lookUp(mentions, prefetched)
            }
        }
    }

    @Test("is what the store has")
    func same() async throws {
        let memory = try await Memory()
        #expect(memory.prefetched.numbers == [1, 2, 0])
        #expect(memory.prefetched.nodes.mapValues(\.identifier.value) == [1: "a", 2: "b"])
        #expect(memory.prefetched.memberships.mapValues(\.members) == [1: [1], 2: [2]])
        #expect(try memory.lookUp() == [1, 2, 0])
        #expect(memory.cache.nodes[2]?.identifier.value == "b")
    }

    @Test("is left out where a transaction has changed it since, and the next one after that")
    func changed() async throws {
        let memory = try await Memory()
        memory.cache.note(.init(nodes: [1], profiles: [2], made: [memory.mentions.keys[2]: 3]))
        memory.cache.note(.init(nodes: [2], removed: [2]))
        #expect(memory.cache.take(memory.prefetched) != nil)
        #expect(memory.cache.nodes[1] == nil && memory.cache.nodes[2] == nil)
        #expect(memory.cache.memberships[1]?.members == [1] && memory.cache.memberships[2] == nil)
    }

    @Test("gives what was made since its number, and what is gone none")
    func numbers() async throws {
        let memory = try await Memory()
        let keys = memory.mentions.keys
        memory.cache.note(.init(made: [keys[2]: 3]))
        memory.cache.note(.init(removed: [2, 3], made: [keys[1]: 4]))
        let changes = try #require(memory.cache.take(memory.prefetched))
        let numbers = zip(keys, memory.prefetched.numbers).map { changes.number(of: $0, before: $1) }
        #expect(numbers == [1, 4, 0])
    }

    @Test("is of no use twice, after another request, to another memory, or where too much has changed since")
    func useless() async throws {
        let memory = try await Memory()
        let other = try Memory.cache(of: memory.world)
        _ = other.prefetch()
        #expect(other.take(memory.prefetched) == nil)
        #expect(memory.cache.take(memory.prefetched) != nil)
        #expect(memory.cache.take(memory.prefetched) == nil)
        let later = try await Memory()
        later.cache.note(.init(nodes: Set(1...10_000)))
        #expect(later.cache.take(later.prefetched) == nil)
        let last = try await Memory()
        _ = last.cache.prefetch()
        #expect(last.cache.take(last.prefetched) == nil)
        #expect(try last.lookUp() == [1, 2, 0])
    }

    @Test("is all that batches behind the first need look up, from however many producers they are", arguments: [1, 3])
    func work(producers: Int) async throws {
        let world = try PipelineWorld()
        let people = (0..<40).map { TestEvent("first-\($0)", at: 1, #"{"userId":"u\#($0)"}"#) }
        try await world.send(people)
        try await world.settle()
        // What a new process remembers is nothing.
        try world.restart(batch: 10)
        for number in 0..<producers {
            let events = (0..<40).map { TestEvent("next-\(number)-\($0)", at: 2, #"{"userId":"u\#($0)"}"#) }
            try await world.send(events, from: "ingest-\(number)")
        }
        let before = try lookUps(of: world)
        try await world.settle()
        #expect(try lookUps(of: world) - before < 40)
        #expect(try world.graph().profiles.map(\.events) == Array(repeating: Int64(producers) + 1, count: 40))
    }

    /// How many keys the connection that writes has looked up.
    private func lookUps(of world: PipelineWorld) throws -> Int {
        try world.store.write {
            try $0.value(
                "SELECT coalesce(sum(run), 0) FROM sqlite_stmt WHERE sql LIKE 'SELECT id FROM identifier WHERE key%'"
            ) ?? 0
        }
    }
}
