import Events
import ServiceKit

/// The status as a person reads it in a terminal.
struct StatusPage {
    let status: JSONView
    let services: [ServiceHealth]
    /// Why the rules that hold are older than their file.
    var rulesProblem: String?

    func rendered(on terminal: Terminal) -> String {
        let sections = [
            serviceTable(terminal), counts(terminal), identity(terminal), rules(terminal), topics(terminal),
            consumers(terminal),
        ]
        return sections.compactMap { $0 }.joined(separator: "\n\n")
    }

    private func serviceTable(_ terminal: Terminal) -> String? {
        let rows = services.map { [$0.isReady ? "●" : "○", $0.service.rawValue, $0.state, $0.url] }
        return section(
            "Services",
            ["", "", "", ""],
            rows,
            terminal,
            style: services.allSatisfy(\.isReady) ? .green : .yellow
        )
    }

    private func counts(_ terminal: Terminal) -> String? {
        let rows = ["profiles", "identifiers", "events"].map { [$0, Shown.count(status[$0]?.int64 ?? 0)] }
        return section("Profiles", ["", ""], rows + [["store", bytes(status["storeBytes"])]], terminal)
    }

    /// Only what there is to know or to do.
    private func identity(_ terminal: Terminal) -> String? {
        var lines: [String] = []
        if let message = status["identity"]?["message"]?.string {
            lines.append("\(Shown.value(status["identity"]?["file"])): \(message)")
        }
        if let rebuild = status["rebuild"], rebuild["state"]?.string == "running" {
            let (done, total) = (rebuild["progress"]?["done"]?.int64 ?? 0, rebuild["progress"]?["total"]?.int64 ?? 0)
            let what = rebuild["dryRun"]?.bool == true ? "A dry run" : "A rebuild"
            let place = "\(Shown.value(rebuild["phase"])), \(Shown.count(done)) of \(Shown.count(total))"
            lines.append("\(what) is under way: \(place).")
        }
        return remarks("Identity", lines, terminal)
    }

    private func rules(_ terminal: Terminal) -> String? {
        let lines = rulesProblem.map { ["Older rules than those of the file hold. \($0)"] } ?? []
        return remarks("Rules", lines, terminal)
    }

    private func remarks(_ title: String, _ lines: [String], _ terminal: Terminal) -> String? {
        guard !lines.isEmpty else { return nil }
        let text = lines.map { "  " + terminal.paint(Printable.clean($0), .yellow) }.joined(separator: "\n")
        return terminal.paint(title, .bold) + "\n" + text
    }

    private func topics(_ terminal: Terminal) -> String? {
        let rows = status["topics"]?.elements.map { topic in
            let partitions = topic.list("partitions")
            let records = partitions.reduce(0) { $0 + ($1["head"]?.int64 ?? 0) - ($1["first"]?.int64 ?? 0) }
            return [
                Shown.value(topic["name"]), "\(Shown.count(records)) records", bytes(topic["bytes"]),
                kept(topic["retention"]),
            ]
        }
        return section("Topics", ["", "", "", "kept"], rows ?? [], terminal)
    }

    private func kept(_ retention: JSONView?) -> String {
        let age = retention?["ageSeconds"]?.int64.map { Period(seconds: $0).description }
        let size = retention?["bytes"]?.int64.map(Shown.bytes)
        let limits = [age, size].compactMap { $0 }
        return limits.isEmpty ? "for ever" : limits.joined(separator: ", ")
    }

    private func consumers(_ terminal: Terminal) -> String? {
        let rows = status["consumers"]?.elements.map { consumer in
            [
                Shown.value(consumer["name"]),
                "\(Shown.value(consumer["topic"]))/\(Shown.value(consumer["partition"]))",
                Shown.count(consumer["position"]?.int64 ?? 0), Shown.count(consumer["lag"]?.int64 ?? 0),
            ]
        }
        return section("Consumers", ["", "reads", "position", "lag"], rows ?? [], terminal)
    }

    private func bytes(_ view: JSONView?) -> String {
        Shown.bytes(view?.int64 ?? 0)
    }

    private func section(
        _ title: String,
        _ columns: [String],
        _ rows: [[String]],
        _ terminal: Terminal,
        style: Terminal.Style = .cyan
    ) -> String? {
        guard !rows.isEmpty else { return nil }
        let table = Table(columns: columns, rows: rows, styles: [0: style])
        return terminal.paint(title, .bold) + "\n" + table.render(on: terminal, indent: 2)
    }
}
