import Events

extension String {
    /// The text with stars in place of these secrets, as they are and as they stand in an address.
    ///
    /// A short one is no secret, and would be found in many words.
    func masking(_ secrets: [String]) -> String {
        let texts = Set(secrets.filter { $0.utf8.count >= 8 }.flatMap { [$0, PercentEncoding.encode($0)] })
        // The longer first: one may be a part of another.
        return texts.sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }.reduce(self) { text, secret in
            text.replacing(secret, with: "***")
        }
    }
}
