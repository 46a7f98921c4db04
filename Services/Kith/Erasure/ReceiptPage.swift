import Events

/// What was removed of a person, as one reads it in a terminal.
struct ReceiptPage {
    let receipt: JSONView

    func print(asJSON: Bool) {
        if asJSON { return Terminal.output.line(json: receipt) }
        Terminal.output.line(rendered(on: .output))
    }

    func rendered(on terminal: Terminal) -> String {
        var lines = [
            "\(terminal.paint(Shown.value(receipt["id"]), .cyan))  \(Shown.value(receipt["state"]))",
            "  asked for at   \(Shown.time(receipt["time"])) by \(Printable.clean(Shown.value(receipt["author"])))",
            "  because        \(Printable.clean(Shown.value(receipt["reason"])))",
            "  identifiers    \(Shown.value(receipt["identifiers"]))",
        ]
        if let events = receipt["events"] { lines.append("  events         \(Shown.value(events))") }
        for instance in receipt.list("log") {
            let counts = instance["records"]?.members.map { "\($0.key) \(Shown.value($0.value))" } ?? []
            let text = counts.isEmpty ? "nothing" : counts.joined(separator: ", ")
            lines.append("  \(Shown.value(instance["instance"]))'s records: \(text)")
        }
        let waiting = receipt["waitingFor"]?.elements.compactMap(\.string) ?? []
        if !waiting.isEmpty { lines.append("  waiting for    \(waiting.joined(separator: ", "))") }
        lines.append("  \(prospect)")
        return lines.joined(separator: "\n")
    }

    /// Whether what comes of the person is dropped, and because of which other erasures it is.
    private var prospect: String {
        let others = (receipt["alsoSuppressedBy"]?.elements.compactMap(\.string) ?? []).joined(separator: ", ")
        if receipt["suppressed"]?.bool ?? true {
            return others.isEmpty
                ? "What comes of the person is dropped."
                : "What comes of the person is dropped, because of \(others) as well."
        }
        return others.isEmpty
            ? "The person may be known again."
            : "What comes of the person is still dropped, because of \(others)."
    }
}
