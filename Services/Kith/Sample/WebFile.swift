import Events

/// What the web shop's script saw, one Segment call on each line: visits before and after a login, and visitors who never
/// say who they are.
struct WebFile {
    static let name = "web-events.ndjson"

    private static let pages = ["Home", "Green tea", "Black tea", "Accessories", "Tasting", "Delivery", "Journal"]

    let shop: SampleShop

    var calls: [SampleCall] {
        var random = shop.random(for: WebFile.name)
        var calls: [SampleCall] = []
        for person in shop.people where person.user != nil {
            for device in person.devices { calls += visit(person, device, &random) }
        }
        for device in shop.visitors {
            calls += browsing(device, from: SampleShop.time(&random), &random)
        }
        return calls
    }

    /// Browses, logs in, and goes on under their name.
    private func visit(_ person: SamplePerson, _ device: String, _ random: inout SeededRandom) -> [SampleCall] {
        let start = SampleShop.time(&random)
        var calls = browsing(device, from: start, &random)
        let login = (calls.last?.time ?? start).advanced(seconds: 20)
        calls.append(
            SampleCall(type: .identify, time: login, id: random.hex(20)) { call in
                call.user = person.user
                call.anonymous = device
                call.traits = [
                    "email": .string(person.email), "name": .string(person.name.whole), "plan": .string(person.plan),
                ]
            }
        )
        for minute in 1...(1 + random.below(3)) {
            let product = random.pick(WebFile.pages)
            calls.append(
                SampleCall(type: .track, time: login.advanced(seconds: Int64(60 * minute)), id: random.hex(20)) {
                    call in
                    call.name = minute == 1 ? "Signed In" : "Product Viewed"
                    call.user = person.user
                    call.anonymous = device
                    call.properties = minute == 1 ? [:] : ["category": .string(product)]
                }
            )
        }
        return calls
    }

    private func browsing(_ device: String, from start: Timestamp, _ random: inout SeededRandom) -> [SampleCall] {
        (0...random.below(3)).map { step in
            let page = random.pick(WebFile.pages)
            return SampleCall(type: .page, time: start.advanced(seconds: Int64(40 * step)), id: random.hex(20)) {
                call in
                call.name = page
                call.anonymous = device
                call.properties = [
                    "url": .string("https://teahouse.example/\(page.lowercased().replacing(" ", with: "-"))")
                ]
            }
        }
    }
}
