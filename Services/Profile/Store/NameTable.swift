import Events
import Store

/// One of the tables in which a text that repeats stands once.
struct NameTable {
    private let table: String
    private var ids: GenerationalCache<ExactText, Int64>
    private var names: GenerationalCache<Int64, String>

    init(_ table: String, capacity: Int = 4096) {
        self.table = table
        ids = GenerationalCache(capacity: capacity)
        names = GenerationalCache(capacity: capacity)
    }

    /// The number of a text, which it gets now if it has none.
    mutating func id(of name: String, in db: any SQLConnection) throws -> Int64 {
        let key = ExactText(name)
        if let id = ids[key] { return id }
        let id = try find(name, in: db) ?? add(name, in: db)
        ids.insert(id, for: key)
        names.insert(name, for: id)
        return id
    }

    /// The text of a number; empty if there is none.
    mutating func name(of id: Int64, in db: any SQLConnection) throws -> String {
        if let name = names[id] { return name }
        let query = try BulkStatement("SELECT name FROM \(table) WHERE id = ?", in: db)
        query.bind(1, id)
        let name = try query.step() ? query.text(0) : ""
        query.reset()
        names.insert(name, for: id)
        return name
    }

    private func find(_ name: String, in db: any SQLConnection) throws -> Int64? {
        let query = try BulkStatement("SELECT id FROM \(table) WHERE name = ?", in: db)
        query.bind(1, name)
        defer { query.reset() }
        return try query.step() ? query.integer(0) : nil
    }

    private func add(_ name: String, in db: any SQLConnection) throws -> Int64 {
        let id = try db.nextID(in: table)
        let insert = try BulkStatement("INSERT INTO \(table) (id, name) VALUES (?, ?)", in: db)
        insert.bind(1, id)
        insert.bind(2, name)
        try insert.run()
        return id
    }
}

/// The kinds of events: call and name.
struct EventTable {
    private struct Kind: Hashable {
        var type: EventType
        var name: ExactText
    }

    private var ids = GenerationalCache<Kind, Int64>(capacity: 4096)

    /// The number of a kind, which it gets now if it has none.
    mutating func id(of type: EventType, _ name: String, in db: any SQLConnection) throws -> Int64 {
        let kind = Kind(type: type, name: ExactText(name))
        if let id = ids[kind] { return id }
        let id = try find(kind, in: db) ?? add(kind, in: db)
        ids.insert(id, for: kind)
        return id
    }

    private func find(_ kind: Kind, in db: any SQLConnection) throws -> Int64? {
        let query = try BulkStatement("SELECT id FROM event WHERE type = ? AND name = ?", in: db)
        query.bind(1, kind.type.rawValue)
        query.bind(2, kind.name.text)
        defer { query.reset() }
        return try query.step() ? query.integer(0) : nil
    }

    private func add(_ kind: Kind, in db: any SQLConnection) throws -> Int64 {
        let id = try db.nextID(in: "event")
        let insert = try BulkStatement("INSERT INTO event (id, type, name) VALUES (?, ?, ?)", in: db)
        insert.bind(1, id)
        insert.bind(2, kind.type.rawValue)
        insert.bind(3, kind.name.text)
        try insert.run()
        return id
    }
}

extension SQLConnection {
    /// The number for a new row of a table whose rows only the pipeline makes.
    func nextID(in table: String) throws -> Int64 { try lastID(in: table) + 1 }

    /// The greatest number in a table; 0 if there is none.
    func lastID(in table: String) throws -> Int64 {
        let query = try BulkStatement("SELECT max(id) FROM \(table)", in: self)
        defer { query.reset() }
        return try query.step() ? query.integer(0) : 0
    }
}
