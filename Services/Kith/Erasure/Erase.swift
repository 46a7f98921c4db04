import ArgumentParser
import Events
import Topics

/// Forgets a person.
struct Erase: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Forget a person everywhere, and do not know them again.",
        discussion: """
            Every event of the person goes, from the profiles, the search and the log; what others' events say of the \
            person is taken out of these. What comes of the person later is dropped, until “kith erasures lift” takes \
            that back. Nobody else's data is touched. It cannot be undone.

            Who is meant is shown first, and you are asked; --yes does not ask. Ends when nothing is left of the \
            person, with the receipt; --no-wait ends at once, and “kith erasures show” tells how far it is.

            An address that several profiles have, none of which is known to be its owner, does not say who is meant: \
            it is refused, and these are named. With --alone the address itself goes, with the events that name \
            nothing stronger, and out of what others have; the profiles stay.

            EXAMPLES:
              kith export ada@example.com > ada.json     what is held on her, before
              kith erase ada@example.com --reason "She asked for it."
              kith erase family@example.com --alone --reason "They have given it up."
            """
    )

    @OptionGroup var options: InstanceOptions

    @Argument(help: .person)
    var person: PersonReference

    @OptionGroup var justification: Justification

    @Flag(help: "Forget an address that several profiles have, and none of these.")
    var alone = false

    @Flag(inversion: .prefixedNo, help: "Wait until nothing is left.")
    var wait = true

    @Flag(help: "Do it without asking.")
    var yes = false

    @Flag(help: "Print the receipt as JSON.")
    var json = false

    func run() async throws {
        let api = try options.instance().api(.profile, .admin)
        guard try await isWanted(api) else { return }
        var query = justification.query
        if alone { query.append(("alone", "true")) }
        var receipt = try API.json(in: try await api.send("DELETE", person.path, query: query))
        if wait { receipt = try await ErasureRun(api: api).finished(receipt) }
        ReceiptPage(receipt: receipt).print(asJSON: json)
    }

    private func isWanted(_ api: API) async throws -> Bool {
        if yes { return true }
        if let profile = try await profile(api) {
            Terminal.errors.line(ProfileCard(profile: profile, events: []).rendered(on: .errors))
        } else {
            Terminal.errors.line(
                "\(Printable.clean(person.text)) is not known; it would not be taken in from now on."
            )
        }
        let whom = alone ? "this address, and nobody who has it," : "this person"
        return try Confirmation.isGiven("Shall \(whom) be forgotten? It cannot be undone.")
    }
}

extension Erase {
    /// The person's profile; `nil` if there is none.
    private func profile(_ api: API) async throws(CommandError) -> JSONView? {
        do throws(CommandError) {
            return try await api.get(person.path)
        } catch {
            guard error.status == .notFound else { throw error }
            return nil
        }
    }
}

/// Waits for an erasure.
struct ErasureRun {
    private static let pause: Duration = .milliseconds(500)
    /// After how long it is said, again and again, what is waited for.
    private static let silence: Duration = .seconds(10)

    let api: API

    /// The receipt once nothing is left of the person; an instance that does not run may let that take for ever.
    func finished(_ receipt: JSONView) async throws -> JSONView {
        var receipt = receipt
        var next = ContinuousClock.now + Self.silence
        while receipt["state"]?.string != "done", let id = receipt["id"]?.string {
            try await Task.sleep(for: Self.pause)
            receipt = try await api.get("/v1/erasures/\(API.encoded(id))")
            guard receipt["state"]?.string != "done", ContinuousClock.now >= next else { continue }
            Terminal.errors.line(Printable.clean(Self.notice(of: receipt)))
            next = ContinuousClock.now + Self.silence
        }
        return receipt
    }

    private static func notice(of receipt: JSONView) -> String {
        let instances = receipt["waitingFor"]?.elements.compactMap(\.string) ?? []
        let isForgetting = receipt["state"]?.string == "forgetting" || instances.isEmpty
        return """
            Still waiting for \(isForgetting ? "profile" : instances.joined(separator: ", ")) … The erasure also goes on \
            without you; of an instance that is gone for good say “kith erasures retire”.
            """
    }
}
