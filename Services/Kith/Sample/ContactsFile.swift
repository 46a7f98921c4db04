import Events

/// The CRM's contacts, as its export has them: untidy addresses and numbers, misspelt names, and rows that come twice.
struct ContactsFile {
    static let name = "crm-contacts.csv"
    static let mapping = """
        {"email":"Email","phone":"Phone","externalIds":{"crm.contact":"Contact ID"},\
        "traits":{"firstName":"First Name","lastName":"Last Name","city":"City","plan":"Plan"},\
        "timestamp":"Last Modified"}
        """

    let shop: SampleShop

    var text: String {
        var random = shop.random(for: ContactsFile.name)
        var lines = ["Contact ID,First Name,Last Name,Email,Phone,City,Plan,Last Modified"]
        for person in shop.people {
            guard let contact = person.contact else { continue }
            let time = SampleShop.time(&random)
            if random.chance(15) {
                // The first export had a slip of the pen in it, a later one does not.
                let earlier = time.description.replacingYear
                lines.append(row(contact, person, last: misspelt(person.name.last, &random), time: earlier, &random))
            }
            let line = row(contact, person, last: person.name.last, time: time.description, &random)
            lines += random.chance(10) ? [line, line] : [line]
        }
        return lines.joined(separator: "\r\n") + "\r\n"
    }

    private func row(
        _ contact: String,
        _ person: SamplePerson,
        last: String,
        time: String,
        _ random: inout SeededRandom
    ) -> String {
        let fields = [
            contact, person.name.first, last, untidy(email: person.email, &random),
            spaced(phone: person.phone, &random),
            person.city, person.plan, time,
        ]
        return fields.map(quoted).joined(separator: ",")
    }

    private func untidy(email: String, _ random: inout SeededRandom) -> String {
        switch random.below(10) {
        case 0: email.uppercased()
        case 1: " \(email)"
        case 2: email.prefix(1).uppercased() + email.dropFirst()
        default: email
        }
    }

    private func spaced(phone: String, _ random: inout SeededRandom) -> String {
        let country = phone.hasPrefix("+44") ? 3 : 2
        let rest = phone.dropFirst(country)
        return switch random.below(3) {
        case 0: phone
        case 1: "\(phone.prefix(country)) \(rest.prefix(4)) \(rest.dropFirst(4))"
        default: "\(phone.prefix(country)) \(rest.prefix(4))-\(rest.dropFirst(4))"
        }
    }

    /// Two neighbouring letters in the wrong order, or one twice.
    private func misspelt(_ name: String, _ random: inout SeededRandom) -> String {
        var letters = Array(name)
        guard letters.count > 3 else { return name + name.suffix(1) }
        let place = 1 + random.below(letters.count - 2)
        letters.swapAt(place, place + 1)
        return String(letters)
    }

    private func quoted(_ field: String) -> String {
        field.contains(",") || field.contains("\"") || field.hasPrefix(" ") ? "\"\(field)\"" : field
    }
}

extension String {
    /// The same time a year earlier.
    fileprivate var replacingYear: String {
        "2025" + dropFirst(4)
    }
}
