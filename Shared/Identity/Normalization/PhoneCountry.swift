import CPhoneNumber

/// A country with phone numbers of its own.
public struct PhoneCountry: Sendable, Hashable {
    /// Its two letters of ISO 3166, capital.
    public let code: String

    /// The country of that ISO 3166 code, in any letter case; `nil` when libphonenumber knows none.
    ///
    /// The United Kingdom may call itself `UK`, which ISO 3166 keeps free for that.
    public init?(_ code: String) {
        guard code.utf8.count == 2, code.utf8.isASCII else { return nil }
        let code = code.uppercased() == "UK" ? "GB" : code.uppercased()
        guard kith_phone_number_calling_code(code) != 0 else { return nil }
        self.code = code
    }
}
