import Events
import Identity
import Store

extension WorkingGraph {
    /// A login or a sign-out on a device, as a batch tells of it.
    struct LoginMark {
        var time: Int64
        /// `nil` for a sign-out.
        var login: Int64?
        var cause: Cause
    }

    /// Who uses a device when.
    func use(of device: Int64) throws -> DeviceUse {
        if let use = uses[device] { return use }
        let use = try cache.uses[device] ?? storedUse(of: device)
        uses[device] = use
        return use
    }

    private func storedUse(of device: Int64) throws -> DeviceUse {
        if isNew(device) { return DeviceUse([]) }
        try loadUses([device])
        return uses[device] ?? DeviceUse([])
    }

    func mark(at time: Int64, _ login: Int64?) throws -> DeviceUse.Mark {
        DeviceUse.Mark(Timestamp(microseconds: time), try login.map { try node($0).identifier })
    }

    /// Takes in the logins and sign-outs of a batch.
    func note(_ logins: [Int64: [LoginMark]]) throws {
        try loadUses(logins.keys)
        var changed: [(device: Int64, removed: [DeviceUse.Mark], added: [DeviceUse.Mark])] = []
        for (device, marks) in logins.sorted(by: { $0.key < $1.key }) {
            let known = try use(of: device)
            let told = try marks.map { try mark(at: $0.time, $0.login) }
            let new = told.indices.filter { known.login(at: told[$0].time) != told[$0].login || told[$0].login == nil }
            guard !new.isEmpty else { continue }
            let news = new.map { told[$0] }
            let places = known.places(around: told.map(\.time))
            let former = DeviceUse(known.marks[places])
            let present = DeviceUse(former.marks + told + (try interrupted(former, by: news, on: device)))
            guard let difference = present.difference(from: former) else { continue }
            uses[device] = known.replacing(places, with: present)
            changedUses[device] = changedUses[device] == .always ? .always : difference
            occasions += new.map { place in
                let mark = marks[place]
                return Occasion(Pair(device, mark.login ?? device), at: mark.time, mark.cause)
            }
            let (removed, added) = present.changes(from: former)
            changed.append((device, removed, added))
        }
        try save(changed)
    }

    /// The first login at and after each change that comes in between logins of somebody else: those are not kept as long as
    /// they change nothing.
    private func interrupted(
        _ known: DeviceUse,
        by news: [DeviceUse.Mark],
        on device: Int64
    ) throws -> [DeviceUse.Mark] {
        let times = Set((known.marks + news).map(\.time)).sorted()
        let following = Dictionary(uniqueKeysWithValues: zip(times, times.dropFirst()))
        return try news.flatMap { mark -> [DeviceUse.Mark] in
            guard let login = known.login(at: mark.time), login != mark.login else { return [] }
            let behind = Timestamp(microseconds: mark.time.microseconds + 1)
            let stretches = [(mark.time, behind), (behind, following[mark.time])]
            return try stretches.compactMap { try firstLogin(of: login, on: device, from: $0, before: $1) }
                .map { DeviceUse.Mark($0, login) }
        }
    }

    private func firstLogin(
        of login: Identifier,
        on device: Int64,
        from start: Timestamp,
        before end: Timestamp?
    ) throws -> Timestamp? {
        guard let id = try identifier(login) else { return nil }
        var anchors: Set<Int64> = [id, device]
        if try node(id).isNobodys {
            let near = try neighbours(of: id, atMost: Self.nearbyAnchors + 1)
            if near.count <= Self.nearbyAnchors { anchors.formUnion(near) }
        }
        for anchor in anchors where try isDevice(anchor) { anchors.formUnion(try allParts(of: anchor)) }
        return try anchors.compactMap { try firstLogin(of: id, on: device, from: start, before: end, at: $0) }.min()
    }

    /// The most neighbours of a login that is nobody's among which its events are looked for.
    ///
    /// An event that names others besides the device is anchored to one of them. The name of a kiosk has thousands, and of its events
    /// only those without others are found.
    private static let nearbyAnchors = 256

    /// The first event that is anchored to an identifier and is a login on a device.
    private func firstLogin(
        of login: Int64,
        on device: Int64,
        from start: Timestamp,
        before end: Timestamp?,
        at anchor: Int64
    ) throws -> Timestamp? {
        let query = try BulkStatement(
            """
            SELECT time, names FROM timeline
            WHERE run \(db.dialect.isAny(of: "\(Run.all) WHERE last >= ?2 AND first < ?3"))
                AND identifier = ?1 AND time >= ?2 AND time < ?3 AND names IS NOT NULL
            """,
            in: db
        )
        query.bind(1, anchor)
        query.bind(2, start.microseconds)
        query.bind(3, end?.microseconds ?? .max)
        var earliest: Int64?
        while try query.step() {
            let names = NamedIdentifiers.decode(query.bytes(1))
            guard query.integer(0) < earliest ?? .max, names.first == login, names.contains(device) else { continue }
            earliest = query.integer(0)
        }
        return earliest.map { Timestamp(microseconds: $0) }
    }

    /// The number of an identifier that is known.
    private func identifier(_ identifier: Identifier) throws -> Int64? {
        let key = hash.key(of: identifier)
        return try cache.ids[key] ?? made(by: key) ?? find(key)
    }

    private func save(_ changes: [(device: Int64, removed: [DeviceUse.Mark], added: [DeviceUse.Mark])]) throws {
        let delete = try BulkStatement("DELETE FROM login WHERE device = ? AND time = ?", in: db)
        for (device, removed, _) in changes {
            for mark in removed {
                delete.bind(1, device)
                delete.bind(2, mark.time.microseconds)
                try delete.add()
            }
        }
        let insert = try BulkStatement(
            """
            INSERT INTO login (device, time, login) VALUES (?, ?, ?)
            ON CONFLICT (device, time) DO UPDATE SET login = excluded.login
            """,
            in: db
        )
        for (device, _, added) in changes {
            for mark in added {
                insert.bind(1, device)
                insert.bind(2, mark.time.microseconds)
                if let login = try mark.login.flatMap(identifier) { insert.bind(3, login) } else { insert.bindNull(3) }
                try insert.add()
            }
        }
    }

    /// Forgets who logged in on a device: all its events are about to be read again.
    func forgetUse(of device: Int64) throws {
        uses[device] = DeviceUse([])
        changedUses[device] = .always
        let delete = try BulkStatement("DELETE FROM login WHERE device = ?", in: db)
        delete.bind(1, device)
        try delete.run()
    }

    // MARK: - Parts

    /// The parts that there are of a device, by whose they are.
    func parts(of device: Int64) throws -> [Int64: Int64] {
        var parts = try storedParts(of: device)
        if let new = madeParts[device] { parts.merge(new) { $1 } }
        return removed.isEmpty ? parts : parts.filter { !removed.contains($0.value) }
    }

    /// Those that there were before the batch.
    private func storedParts(of device: Int64) throws -> [Int64: Int64] {
        if isNew(device) { return [:] }
        if let known = formerParts[device] { return known }
        let query = try BulkStatement("SELECT id, login FROM identifier WHERE device = ?", in: db)
        query.bind(1, device)
        var parts: [Int64: Int64] = [:]
        while try query.step() {
            if !isNew(query.integer(0)) { parts[query.integer(1)] = query.integer(0) }
        }
        formerParts[device] = parts
        return parts
    }

    /// Where parts of devices have come or gone, the former profiles whose revisions are gone on from, by the identifier that does so.
    ///
    /// A part that goes leaves its revisions to its device, and one that comes takes them from there: it may have been there before,
    /// and whoever has heard of it then is to hear a greater revision.
    func partOrigins() throws -> [(identifier: Int64, origin: Int64)] {
        var origins: [(identifier: Int64, origin: Int64)] = []
        for (device, parts) in madeParts {
            guard let origin = try origin(of: device) else { continue }
            origins += parts.values.filter { !removed.contains($0) }.map { ($0, origin) }
        }
        for id in removed {
            guard let device = try node(id).part?.device, !removed.contains(device) else { continue }
            if let origin = try origin(of: id) { origins.append((device, origin)) }
        }
        return origins
    }

    /// Where what happened on a divided device belongs: to the part of who was logged in, or to nobody's.
    func node(of device: Int64, at time: Int64) throws -> Int64 {
        guard try node(device).state == .divided else { return device }
        guard let login = try use(of: device).login(at: Timestamp(microseconds: time)).flatMap(identifier) else {
            return device
        }
        return try parts(of: device)[login] ?? device
    }

    /// Forgets that somebody, who is there no more, has logged in on devices.
    func forgetLogins(of id: Int64) throws {
        guard !isNew(id) else { return }
        let query = try BulkStatement("SELECT DISTINCT device FROM login WHERE login = ?", in: db)
        query.bind(1, id)
        var devices: [Int64] = []
        while try query.step() { devices.append(query.integer(0)) }
        let login = try node(id).identifier
        for device in devices.sorted() {
            let known = try use(of: device)
            let use = DeviceUse(known.marks.filter { $0.login != login })
            uses[device] = use
            changedUses[device] = .always
            let (removed, added) = use.changes(from: known)
            try save([(device, removed, added)])
        }
    }
}
