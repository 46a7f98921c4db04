import Events

/// The shop's mailbox: letters from customers and the answers to them.
struct Mailbox {
    static let name = "mailbox.mbox"

    /// One letter between the shop and one customer.
    struct Letter: Sendable {
        var person: SamplePerson
        var address: String
        var isFromCustomer: Bool
        var subject: String
        var text: String
        var time: Timestamp
        var id: String
        /// The letter that this one answers.
        var answers: String?
    }

    private static let subjects = [
        ("Where is my parcel?", "It has been on its way for a week now."),
        ("Which tea for the evening?", "Something without caffeine, please."),
        ("Invoice for our order", "Could you send it again?"),
        ("The teapot's lid", "It arrived with a crack in it."),
    ]

    let letters: [Letter]

    init(shop: SampleShop) {
        var random = shop.random(for: Mailbox.name)
        letters = shop.people.filter(\.writesMail).flatMap { person in
            Mailbox.correspondence(with: person, &random)
        }
    }

    private static func correspondence(with person: SamplePerson, _ random: inout SeededRandom) -> [Letter] {
        let (subject, text) = random.pick(subjects)
        let time = SampleShop.time(&random)
        let question = Letter(
            person: person,
            address: person.email,
            isFromCustomer: true,
            subject: subject,
            text: text,
            time: time,
            id: "\(random.hex(16))@mail.example.com"
        )
        guard random.chance(80) else { return [question] }
        let answer = Letter(
            person: person,
            address: person.email,
            isFromCustomer: false,
            subject: "Re: \(subject)",
            text: "Thank you for writing. We will look into it today.",
            time: time.advanced(seconds: 5400),
            id: "\(random.hex(16))@teahouse.example",
            answers: question.id
        )
        return [question, answer]
    }

    /// The letters as one mbox file.
    var text: String {
        letters.map { letter in
            "From \(letter.isFromCustomer ? letter.address : SampleShop.address) \(MailTime.asctime(letter.time))\n"
                + letter.message + "\n"
        }.joined()
    }

    /// What each letter says of the customer, as an event.
    var calls: [SampleCall] {
        letters.map { letter in
            SampleCall(type: .track, time: letter.time, id: letter.id) { call in
                call.name = letter.isFromCustomer ? "Email Received" : "Email Sent"
                call.identifiers = [Identifier("email", letter.address)]
                call.properties = ["subject": .string(letter.subject), "message_id": .string(letter.id)]
            }
        }
    }
}

extension Mailbox.Letter {
    /// The letter with its headers, as RFC 5322 has it.
    fileprivate var message: String {
        let customer = "\(EncodedHeader.word(person.name.whole)) <\(address)>"
        let shop = "Teahouse <\(SampleShop.address)>"
        var headers = [
            "From: \(isFromCustomer ? customer : shop)", "To: \(isFromCustomer ? shop : customer)",
            "Subject: \(EncodedHeader.word(subject))", "Date: \(MailTime.header(time))", "Message-ID: <\(id)>",
        ]
        if let answers { headers += ["In-Reply-To: <\(answers)>", "References: <\(answers)>"] }
        headers += ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8"]
        return headers.joined(separator: "\n") + "\n\n\(text)\n"
    }
}
