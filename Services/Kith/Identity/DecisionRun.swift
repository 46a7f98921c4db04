import Events

/// Shows what a decision would change, asks, and then makes it.
struct DecisionRun {
    let api: API
    let word: DecisionWord

    func decide(_ verdict: String, _ one: PersonReference, _ other: PersonReference) async throws {
        let pair: [String: JSONValue] = ["left": .string(one.text), "right": .string(other.text)]
        let wish = pair.merging(["verdict": .string(verdict)]) { $1 }
        guard try await isWanted(wish) else { return }
        let path = verdict == "together" ? "/v1/identity/links" : "/v1/identity/separations"
        let answer = try await api.post(path, .object(pair.merging(words) { $1 }))
        tell(
            answer,
            "It is decided: \(Shown.value(answer["id"])). “kith undo \(Shown.value(answer["id"])) --reason …” takes it back."
        )
    }

    func withdraw(_ id: String) async throws {
        guard try await isWanted(["withdraw": .string(id)]) else { return }
        let path = "/v1/identity/decisions/\(API.encoded(id))"
        tell(try API.json(in: try await api.send("DELETE", path, query: query)), "It is taken back.")
    }

    func withdrawCorrection(_ id: String) async throws {
        guard !word.preview else {
            throw CommandError(.usage, "What taking a correction back changes is not foretold.")
        }
        let path = "/v1/corrections/\(API.encoded(id))"
        tell(try API.json(in: try await api.send("DELETE", path, query: query)), "It is taken back.")
    }

    // MARK: - Asking

    /// Shows what would change; whether it shall.
    private func isWanted(_ wish: [String: JSONValue]) async throws -> Bool {
        if word.yes, !word.preview { return true }
        let outlook = try await api.post("/v1/identity/preview", .object(wish))
        if word.preview, word.json {
            Terminal.output.line(json: outlook)
        } else {
            let terminal = word.preview ? Terminal.output : Terminal.errors
            terminal.line(OutlookPage(outlook: outlook).rendered(on: terminal))
        }
        return word.preview ? false : try Confirmation.isGiven("Shall it be so?", hasPreview: true)
    }

    private var words: [String: JSONValue] {
        var words: [String: JSONValue] = ["reason": .string(word.reason ?? "")]
        words["author"] = author.map(JSONValue.string)
        return words
    }

    private var query: [(String, String?)] { [("reason", word.reason), ("author", author)] }

    private var author: String? { Author.named(word.author) }

    private func tell(_ answer: JSONView, _ text: String) {
        if word.json { return Terminal.output.line(json: answer) }
        Terminal.errors.line(text)
        guard answer["applied"]?.bool == false else { return }
        Terminal.errors.line("It is noted, and takes effect once the events before it are taken in.")
    }
}
