/// The header `Link`, RFC 8288.
enum LinkHeader {
    /// The address with this relation.
    static func target(of relation: String, in headers: [String]) -> String? {
        for header in headers {
            // An address may have commas; what is between two addresses has none that matters.
            var rest = header[...]
            while let open = rest.firstIndex(of: "<"), let close = rest[open...].firstIndex(of: ">") {
                let target = rest[rest.index(after: open)..<close]
                rest = rest[rest.index(after: close)...]
                let parameters = rest.prefix(upTo: rest.firstIndex(of: "<") ?? rest.endIndex)
                if relations(in: parameters).contains(relation) { return String(target) }
            }
        }
        return nil
    }

    private static func relations(in parameters: Substring) -> [String] {
        parameters.split(separator: ";").flatMap { parameter -> [String] in
            let parts = parameter.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0].filter({ $0 != " " }).lowercased() == "rel" else { return [] }
            return parts[1].filter { $0 != "\"" && $0 != "," }.split(separator: " ").map(String.init)
        }
    }
}
