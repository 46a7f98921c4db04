import Events

/// What sources and destinations are doing, as a person reads it.
struct ConnectorPage {
    private let status: JSONView

    init(_ status: JSONView) {
        self.status = status
    }

    /// The page; `nil` when there is neither a source nor a destination.
    func rendered(on terminal: Terminal) -> String? {
        let tables = [sources(terminal), destinations(terminal)].compactMap { $0 }
        return tables.isEmpty ? nil : tables.joined(separator: "\n\n")
    }

    private func sources(_ terminal: Terminal) -> String? {
        let rows = status["sources"]?.elements.map { source in
            [
                Shown.value(source["name"]), Shown.value(source["type"]), Shown.value(source["state"]),
                Shown.count(source["records"]?.int64 ?? 0), Shown.count(source["rejected"]?.int64 ?? 0),
                Shown.time(source["lastSuccess"]), lag(of: source), Shown.value(source["error"]),
            ]
        }
        return table(
            "Sources",
            ["name", "type", "state", "events", "rejected", "last success", "lag", "problem"],
            rows ?? [],
            terminal
        )
    }

    /// How long ago the source was last read to its end.
    private func lag(of source: JSONView) -> String {
        source["lagSeconds"]?.int64.map(Shown.period) ?? ""
    }

    private func destinations(_ terminal: Terminal) -> String? {
        let rows = status["destinations"]?.elements.map { destination -> [String] in
            let counts = ["pending", "delivered", "failed"].map { Shown.count(destination[$0]?.int64 ?? 0) }
            let type = [Shown.value(destination["name"]), Shown.value(destination["type"])]
            return type + counts + [Shown.value(destination["error"])]
        }
        let columns = ["name", "type", "pending", "delivered", "failed", "problem"]
        return table("Destinations", columns, rows ?? [], terminal)
    }

    private func table(_ title: String, _ columns: [String], _ rows: [[String]], _ terminal: Terminal) -> String? {
        guard !rows.isEmpty else { return nil }
        return terminal.paint(title, .bold) + "\n" + Table(columns: columns, rows: rows).render(on: terminal, indent: 2)
    }
}
