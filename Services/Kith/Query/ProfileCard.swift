import Events

/// A profile as a person reads it in a terminal.
struct ProfileCard {
    let profile: JSONView
    let events: [JSONView]

    func rendered(on terminal: Terminal) -> String {
        let parts = [heading(terminal), summary(terminal), identifiers(terminal), traits(terminal), timeline(terminal)]
        return parts.compactMap { $0 }.joined(separator: "\n\n")
    }

    private func heading(_ terminal: Terminal) -> String {
        let name = ProfileCard.name(of: profile) ?? profile["id"]?.string ?? ""
        return terminal.paint(Printable.clean(name), .bold)
    }

    private func summary(_ terminal: Terminal) -> String {
        let sources = profile["sources"]?.elements.compactMap(\.string).joined(separator: ", ") ?? ""
        let rows = [
            ["id", profile["id"]?.string ?? ""],
            ["first seen", Shown.time(profile["firstSeen"])],
            ["last seen", Shown.time(profile["lastSeen"])],
            ["events", profile["eventCount"]?.number?.text ?? "0"],
            ["sources", sources],
        ]
        return Table(columns: ["", ""], rows: rows, styles: [0: .faint]).render(on: terminal, indent: 2)
    }

    private func identifiers(_ terminal: Terminal) -> String? {
        let rows = profile["identifiers"]?.elements.map { identifier in
            [
                identifier["namespace"]?.string ?? "", identifier["value"]?.string ?? "",
                Shown.time(identifier["lastSeen"]), identifier["shared"]?.bool == true ? "shared" : "",
            ]
        }
        return section("Identifiers", ["", "", "last seen", ""], rows ?? [], terminal)
    }

    private func traits(_ terminal: Terminal) -> String? {
        let rows = profile["traits"]?.members.map { name, trait in
            let isVerbose = trait["source"] != nil && trait["time"] != nil
            return [
                name, Shown.value(isVerbose ? trait["value"] : trait), isVerbose ? Shown.value(trait["source"]) : "",
                isVerbose ? Shown.time(trait["time"]) : "",
            ]
        }
        return section("Traits", ["", "", "source", "since"], (rows ?? []).sorted { $0[0] < $1[0] }, terminal)
    }

    private func timeline(_ terminal: Terminal) -> String? {
        let rows = events.map { event in
            [
                Shown.time(event["time"]), event["type"]?.string ?? "", event["name"]?.string ?? "",
                event["source"]?.string ?? "",
            ]
        }
        return section("Last events", ["", "", "", "source"], rows, terminal)
    }

    private func section(_ title: String, _ columns: [String], _ rows: [[String]], _ terminal: Terminal) -> String? {
        guard !rows.isEmpty else { return nil }
        let table = Table(columns: columns, rows: rows, styles: [0: .cyan])
        return terminal.paint(title, .bold) + "\n" + table.render(on: terminal, indent: 2)
    }

    /// What to call the person.
    static func name(of profile: JSONView) -> String? {
        let traits = profile["traits"]
        func text(_ name: String) -> String? { traits?[name]?.string ?? traits?[name]?["value"]?.string }
        let parts = [text("firstName"), text("lastName")].compactMap { $0 }
        return text("name") ?? (parts.isEmpty ? nil : parts.joined(separator: " ")) ?? text("email")
    }
}
