import Curl
import Events

/// Asks `profile` over its query API.
struct ProfileClient: ProfileReading {
    let url: String
    /// The read key; asked for at every request, because the file it comes from may appear later.
    let key: @Sendable () -> String?
    let client: HTTPClient
    private static let answerBytes = 8 << 20

    init(url: String, key: @escaping @Sendable () -> String?, client: HTTPClient = HTTPClient()) {
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.key = key
        self.client = client
    }

    func profile(named reference: String) async -> ProfileAnswer {
        guard let key = key() else {
            return .unavailable(reason: "There is no read key: set KITH_READ_KEY.")
        }
        let request = HTTPRequest(
            url: "\(url)/v1/profiles/\(ProfileClient.encoded(reference))",
            headers: [HTTPHeader("Authorization", "Bearer \(key)")],
            deadline: .seconds(15),
            responseLimit: Self.answerBytes
        )
        do {
            return answer(try await client.send(request))
        } catch CurlError.tooLarge {
            return .tooLarge
        } catch {
            return .unavailable(reason: "\(error)")
        }
    }

    /// Final is only what is not there or too large: a wrong key, an overload or a fault may be mended, and no message is
    /// lost meanwhile.
    ///
    /// Of what is not there only `profile` can tell: another server says as well that it does not know the address.
    private func answer(_ response: HTTPResponse) -> ProfileAnswer {
        if response.status == 404 {
            let code = try? JSONDocument(response.body, limits: JSONLimits(depth: 64, nodes: 1000)).root["code"]?.string
            if code == "not_found" { return .notFound }
            return .unavailable(reason: "It is not profile that answers at \(url): see KITH_PROFILE_URL.")
        }
        guard response.isSuccess else {
            return .unavailable(reason: "profile answered with the status \(response.status).")
        }
        do throws(JSONError) {
            return .found(try JSONDocument(response.body, limits: JSONLimits(depth: 64, nodes: 1_000_000)).root)
        } catch {
            if case .tooManyNodes = error { return .tooLarge }
            return .unavailable(reason: "profile's answer is not JSON.")
        }
    }

    static func encoded(_ text: String) -> String { PercentEncoding.encode(text, keeping: ":") }
}
