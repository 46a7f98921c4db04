import Events
import Testing

@testable import ConnectorService

@Suite("The secrets of a tap's configuration")
struct TapSecretsTests {
    @Test("become variables, however deep they stand")
    func deep() {
        let secrets = TapSecrets(
            of: [
                "url": "https://x.test", "api_token": "one", "login": ["user": "ann", "password": "two"],
                "accounts": [["id": 7, "apiKey": "three"]], "secret": "${MINE}", "credentials": ["four"],
            ],
            for: "shop"
        )
        #expect(
            secrets.configuration == [
                "url": "https://x.test", "api_token": "${SHOP_API_TOKEN}",
                "login": ["user": "ann", "password": "${SHOP_LOGIN_PASSWORD}"],
                "accounts": [["id": 7, "apiKey": "${SHOP_ACCOUNTS_0_API_KEY}"]], "secret": "${MINE}",
                "credentials": ["${SHOP_CREDENTIALS_0}"],
            ]
        )
        #expect(
            secrets.variables.map(\.member) == ["accounts.0.apiKey", "api_token", "credentials.0", "login.password"]
        )
    }
}
