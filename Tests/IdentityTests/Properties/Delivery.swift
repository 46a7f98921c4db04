import Events
import Identity

/// A way in which a set of events arrives: dealt out to workers that hand on batches, some of it twice.
struct Delivery {
    enum Item {
        case event(EventSet.Event)
        case decision(id: String, MemoryGraph.Decision)
        case withdrawal(id: String)
    }

    private(set) var batches: [[Item]] = []

    init(of set: EventSet, using random: inout SplitMix) {
        var items = set.copies.map(Item.event)
        items += set.decisions.map { .decision(id: $0.id, $0.decision) } + set.withdrawn.map { .withdrawal(id: $0) }
        items += items.shuffled(using: &random).prefix(.random(in: 0...5, using: &random))
        items.shuffle(using: &random)
        batches = Self.batches(of: items, workers: .random(in: 1...4, using: &random), using: &random)
    }

    /// Each worker has a share, and cuts it as it likes; which of them is next is chance.
    private static func batches(of items: [Item], workers: Int, using random: inout SplitMix) -> [[Item]] {
        var shares = Array(repeating: [Item](), count: workers)
        for (place, item) in items.enumerated() { shares[place % workers].append(item) }
        var batches: [[Item]] = []
        while let worker = shares.indices.filter({ !shares[$0].isEmpty }).randomElement(using: &random) {
            let size = min(.random(in: 1...9, using: &random), shares[worker].count)
            batches.append(Array(shares[worker].prefix(size)))
            shares[worker].removeFirst(size)
        }
        return batches
    }
}

/// What is known after deliveries: of each event every copy, and what people decided.
struct Reception {
    private struct Key: Hashable {
        var source: String
        var messageID: String

        init(_ event: EventSet.Event) {
            source = event.header.source
            messageID = event.header.messageID
        }
    }

    private let rules: Rules
    /// In the order in which they came; none that was taken back.
    private var order: [Key] = []
    private var copies: [Key: [Timestamp: EventSet.Event]] = [:]
    private var decisions: [String: MemoryGraph.Decision] = [:]
    private var withdrawn: Set<String> = []

    init(rules: Rules) { self.rules = rules }

    mutating func take(_ delivery: Delivery) {
        for batch in delivery.batches {
            for item in batch { take(item) }
        }
    }

    private mutating func take(_ item: Delivery.Item) {
        switch item {
        case .event(let event):
            let key = Key(event)
            if copies[key] == nil { order.append(key) }
            copies[key, default: [:]][event.header.receivedAt] = event
        case .decision(let id, let decision): decisions[id] = decision
        case .withdrawal(let id): withdrawn.insert(id)
        }
    }

    /// Forgets what came with a set.
    mutating func takeBack(_ set: EventSet) {
        for event in set.copies {
            let key = Key(event)
            copies[key]?[event.header.receivedAt] = nil
            if copies[key]?.isEmpty == true { copies[key] = nil }
        }
        order.removeAll { copies[$0] == nil }
        for decision in set.decisions { decisions[decision.id] = nil }
    }

    /// Everything that follows from it.
    var result: FullResult { FullResult(resolved, events.map(\.header.messageID)) }

    var resolved: ResolvedGraph {
        var graph = MemoryGraph(rules: rules)
        for event in events { graph.add(event.facts, of: event.header) }
        graph.decisions = decisions.filter { !withdrawn.contains($0.key) }
        return ResolvedGraph(graph)
    }

    /// Of copies that differ the one received first.
    private var events: [EventSet.Event] { order.compactMap { copies[$0]?.min { $0.key < $1.key }?.value } }
}
