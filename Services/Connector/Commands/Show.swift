import ArgumentParser
import ConnectorKit

/// Shows what a connector needs and does.
struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a connector's settings, streams, webhook and actions."
    )

    @OptionGroup var folders: FolderOptions
    @Argument(help: "The connector's name, or a type that is built in.")
    var name: String

    func run() throws {
        let catalog = Catalog.builtIn()
        if let card = catalog.natives.first(where: { $0.type == name }) { return try show(card, of: catalog) }
        let shelf = folders.manifests()
        guard let manifest = try shelf.manifest(name) else {
            let names = Set(catalog.natives.map(\.type) + shelf.names)
            throw NothingOfThisName(connector: name, among: names.sorted())
        }
        print("\(manifest.title) (\(manifest.category.rawValue)): \(manifest.summary)")
        let outline = manifest.outline
        show("settings", rows(manifest.settings))
        if manifest.isSource { show("settings as a source", rows(DeclarativeSource.fields + ConfiguredSource.fields)) }
        if manifest.isDestination { show("settings as a destination", rows(DeliverySettings.fields)) }
        show("streams", outline.streams)
        if let webhook = outline.webhook { print("\nwebhook, at POST /v1/webhooks/<name>\n  \(webhook)") }
        show("actions", outline.actions)
    }

    /// Shows what is written in Swift, with the settings that every source or destination has.
    private func show(_ card: NativeCard, of catalog: Catalog) throws {
        print("\(card.type) (built in): \(card.summary)")
        let (source, destination) = try catalog.fields(of: card.type)
        if let source { show("settings as a source", rows(source + ConfiguredSource.fields)) }
        if let destination { show("settings as a destination", rows(destination)) }
    }

    private func rows(_ fields: [SettingField]) -> [(String, String)] {
        fields.map { ($0.name, $0.note) }
    }

    private func show(_ title: String, _ rows: [(String, String)]) {
        guard !rows.isEmpty else { return }
        print("\n\(title)")
        let width = rows.map(\.0.count).max() ?? 0
        for (name, text) in rows { print("  \(name)\(String(repeating: " ", count: width - name.count))  \(text)") }
    }
}

extension SettingField {
    /// The summary, and what one must know to give it.
    fileprivate var note: String {
        let hints = [
            isRequired ? "required" : nil, isSecret ? "secret" : nil, fallback.map { "default \($0)" },
            choices.map { $0.joined(separator: " or ") }, kind == .text ? nil : kind.rawValue,
        ]
        let shown = hints.compactMap { $0 }
        return shown.isEmpty ? summary : "\(summary) (\(shown.joined(separator: ", ")))"
    }
}
