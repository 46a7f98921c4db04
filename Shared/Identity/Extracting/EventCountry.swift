import Events

/// The country that an event says its person lives in.
enum EventCountry {
    /// The first that one of the objects names, by its ISO 3166 code as `address.country` or `country`.
    ///
    /// Only what is said of the person counts. A language such as `en-GB` says little: most of the world's browsers speak
    /// English of one country or other. Where a device is does not say whose number it knows, least of all of a traveller.
    static func said(in objects: [JSONView?]) -> PhoneCountry? {
        for case let object? in objects {
            for place in [object["address"], object] {
                if let country = place.flatMap(country) { return country }
            }
        }
        return nil
    }

    /// The members of an order that are addresses; the goods may go to somebody else, the bill goes to the buyer.
    private static let addresses = [
        "billing", "billing_address", "billingAddress", "shipping", "shipping_address", "shippingAddress",
    ]

    /// The one that an order names as any object does, or else in the addresses that it has.
    static func said(inOrder order: JSONView?) -> PhoneCountry? {
        said(in: [order] + addresses.map { order?[$0] })
    }

    private static func country(of place: JSONView) -> PhoneCountry? {
        for key in ["country", "countryCode", "country_code"] {
            if let text = place[key]?.string, let country = PhoneCountry(Trimming.trimmed(text)) { return country }
        }
        return nil
    }
}
