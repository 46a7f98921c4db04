import Crypto
import CryptoExtras
import Events
import JQ
import Testing

@testable import ConnectorKit

@Suite("A JSON Web Token")
struct JSONWebTokenTests {
    private func key(
        _ text: String,
        _ algorithm: JSONWebToken.Algorithm,
        _ encoding: JSONWebToken.KeyEncoding = .text
    ) throws -> JSONWebToken.Key {
        try JSONWebToken.Key(text, for: algorithm, encoding)
    }

    @Test("is signed with HMAC as RFC 7515 has it in A.1, however the key is written")
    func signsHMAC() throws {
        let bytes = try #require(JSONWebToken.decoded(sharedKey))
        for (text, encoding) in [(sharedKey, JSONWebToken.KeyEncoding.base64), (Hexadecimal.encode(bytes), .hex)] {
            let key = try key(text, .hs256, encoding)
            let signature = try key.signature(of: Array("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\(payload)".utf8))
            #expect(Base64.encodeForURL(signature) == "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        }
        let text = try key("secret", .hs256).signature(of: [1])
        #expect(try text == key("736563726574", .hs256, .hex).signature(of: [1]))
    }

    @Test("is signed with RSA as another implementation does", arguments: rsaKeys)
    func signsRSA(pem: String) throws {
        let signature = try key(pem, .rs256).signature(of: Array("eyJhbGciOiJSUzI1NiJ9.\(payload)".utf8))
        #expect(Base64.encodeForURL(signature) == rsaSignature)
    }

    @Test("is signed with P-256 so that the key of RFC 7515, A.3, verifies it", arguments: curveKeys)
    func signsECDSA(pem: String) throws {
        let text = Array("eyJhbGciOiJFUzI1NiJ9.\(payload)".utf8)
        let x = try #require(JSONWebToken.decoded("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"))
        let y = try #require(JSONWebToken.decoded("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"))
        let verifier = try P256.Signing.PublicKey(rawRepresentation: x + y)
        let signature = try key(pem, .es256).signature(of: text)
        #expect(signature.count == 64)
        #expect(verifier.isValidSignature(try P256.Signing.ECDSASignature(rawRepresentation: signature), for: text))
        let published = try #require(JSONWebToken.decoded(curveSignature))
        #expect(verifier.isValidSignature(try P256.Signing.ECDSASignature(rawRepresentation: published), for: text))
    }

    @Test("says what it is signed with, by which key, and its claims")
    func isCompact() throws {
        let token = try JSONWebToken.signed(["iss": "kith", "exp": 7], id: "k1", by: key("secret", .hs256))
        #expect(!token.contains("="))
        let expected: JSONValue = [
            "header": ["alg": "HS256", "typ": "JWT", "kid": "k1"], "claims": ["iss": "kith", "exp": 7],
        ]
        #expect(JSONWebToken.contents(of: token) == expected)
        let without = try JSONWebToken.signed([:], id: nil, by: key("secret", .hs256))
        #expect(JSONWebToken.contents(of: without)?["header"]?["kid"] == nil)
    }

    @Test("is none when it has other than three parts, or parts that are no JSON", arguments: noTokens)
    func refusesOthers(text: String) {
        #expect(JSONWebToken.contents(of: text) == nil)
    }

    @Test("says what is wrong with a key, and nothing of the key", arguments: wrongKeys)
    func refusesKeys(algorithm: JSONWebToken.Algorithm, encoding: JSONWebToken.KeyEncoding, text: String) {
        let error = #expect(throws: ProgramError.self) { try key(text, algorithm, encoding) }
        #expect(error?.problem.contains("key") == true)
        #expect(text.isEmpty || error?.problem.contains(text) == false)
    }
}

private let sharedKey =
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
private let payload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
private let curveSignature =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
private let noTokens = ["", "a.b", "e30.e30", "e30.bm8.x", "e30.e30.x.y", "!.e30.x"]

/// Made for these tests; no account has it.
let rsaKey = """
    -----BEGIN PRIVATE KEY-----
    MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDHZDGAUj5sYkoo
    Y+ohW1rvkfU9Pg2pDZdEzS5griPyCexj0Z4j6UAYj7IP97KuWv6tdYUxF7oZ1pxo
    yGXCjTdCK7plQnqpvucyGuuccArgIHwnHzZ6LZPmZ3ZlTF0DXJv0aEzOpPAcoGW2
    h+BqFOw3IM2ssaECJZ4x1PNmf5dna5rCb/MH8pHIjByd2drXwv95dOtIPlhlnk6q
    iZ73ZyrOn+OUBXK0h+egrw6h6YIgG4b0MaBL8uVfjtex5WZThejCDtjkQKG2Q63M
    iviMGbzvtJ5Wu1eH78uIo4ftFvdKwsvNjDAv1Q6m79O6n2Of9seOFKxd2+jU6vaz
    gAPQZ3PtAgMBAAECggEABkKBgVdTqWBulpUIcTKmiLXq3pjXofKQyLKuXY+qBjvE
    hZ+7mMIGZp8ARpsOq4Wk0DpLy65Eg/ImZ+2+sBxx2yx3Rh2Pr0uUg5Cvy/ICjWXH
    sAy9T5mltoqR/30lwGjEZqhtnOE1vphUiSX76Ciu/84SVvUeqmwW6taWK6Ye0TrT
    3+v+IgsY6lDi1asj+kvfHF24aQRSh6r9sYdh4a9xOHbI9HdSmLLPvWFLUOSu6XNa
    03tFy04uCJCJ6RwJJzGwkeKvsPUly5tqHBtcBwS4yJy/t+D+NrP/RBDHq2MepBNs
    /jKa9ir21t9uKDhblP0u1a90oAPvgbBTDPodP6PxoQKBgQDzQ5uERZh5+Pw+KhiH
    WvRHxlb0dNXcy6lrb5XskzL0a4N5iw4d45uk9GsdCj0WwNOYsMUwoZ/mzFNqGNwB
    K6KjofZalV2fFhojoCggenCQ4+/XH1CR2E+/BvzkSH5O0WB6XdKJcUFYcAQXyE2w
    TfIvL5mrsgE2yS9aYd+WSa/UkQKBgQDR1JLa4M6O1P/EwIb0IBGrKmW4xYGMVmRz
    L18FzvsNRu20GPtt8mdyXYBjilxAzYx0Cc2zV3Y55PgOZVh+0g45q0r/4GtYoeDJ
    oFoeIl1cZ6agcV8weohZpAxTXpKO0ZdwJ0yDP/xppw3yXOKtfdgS4TZ4HvAX7sNr
    YheYyzAnnQKBgFAQlmToixDKFCtZq40RMIlXDFOVCLaNCYvkxBGDOSgdIr6kN9c6
    jIW0NHTwY77TZFFDDQO+jmRmJ6Yp3G8+L19v9SdHNfMgUSYcllhqNBZcDxpcoiX+
    bfDPmfiAq6HBY+Gic6Ls9bbn11EEih1W6jkBj7Bk++VOPhmfUPmj8w0hAoGBAMWM
    cdp6Dl5w8IBHlobebmQM3YoRAL+kUpwTPE4WqUu9vGtznbvMnVIR759Hk0U7gAF7
    fVtce6VUCapcBe4YS2ZF+61dlxLyDNUnD9ERH36w4zJoqmrU4ewrQ6N2BVtKvl3L
    0gA7zKOXsMy+YHdgZH6Z5BNBZV/S3c8KoharLaINAoGAPBB6Rs+31OhqldLVSPCZ
    PGy/eEllcchPAhSaLrfqqjFWd/EnLw0RRHQYEzCVdX54w7wdk/PYx1rmdOCk2NRs
    srSD1qBAQsKVSmxtvKfdF0FBsruvtiUdG1V8ILUApKQ7sTinsuNFPk3g5R2qHsDj
    lJXmu75YKtjp32Tiddw3uVA=
    -----END PRIVATE KEY-----
    """

private let rsaKeys = [
    rsaKey, rsaKey.replacing("\n", with: "\\n"), "\n  \(rsaKey.replacing("\n", with: "\r\n"))\r\n", traditionalKey,
]

/// Made for these tests as well.
private let traditionalKey = """
    -----BEGIN RSA PRIVATE KEY-----
    MIIEowIBAAKCAQEAx2QxgFI+bGJKKGPqIVta75H1PT4NqQ2XRM0uYK4j8gnsY9Ge
    I+lAGI+yD/eyrlr+rXWFMRe6GdacaMhlwo03Qiu6ZUJ6qb7nMhrrnHAK4CB8Jx82
    ei2T5md2ZUxdA1yb9GhMzqTwHKBltofgahTsNyDNrLGhAiWeMdTzZn+XZ2uawm/z
    B/KRyIwcndna18L/eXTrSD5YZZ5Oqome92cqzp/jlAVytIfnoK8OoemCIBuG9DGg
    S/LlX47XseVmU4Xowg7Y5EChtkOtzIr4jBm877SeVrtXh+/LiKOH7Rb3SsLLzYww
    L9UOpu/Tup9jn/bHjhSsXdvo1Or2s4AD0Gdz7QIDAQABAoIBAAZCgYFXU6lgbpaV
    CHEypoi16t6Y16HykMiyrl2PqgY7xIWfu5jCBmafAEabDquFpNA6S8uuRIPyJmft
    vrAccdssd0Ydj69LlIOQr8vyAo1lx7AMvU+ZpbaKkf99JcBoxGaobZzhNb6YVIkl
    ++gorv/OElb1HqpsFurWliumHtE609/r/iILGOpQ4tWrI/pL3xxduGkEUoeq/bGH
    YeGvcTh2yPR3Upiyz71hS1DkrulzWtN7RctOLgiQiekcCScxsJHir7D1Jcubahwb
    XAcEuMicv7fg/jaz/0QQx6tjHqQTbP4ymvYq9tbfbig4W5T9LtWvdKAD74GwUwz6
    HT+j8aECgYEA80ObhEWYefj8PioYh1r0R8ZW9HTV3Mupa2+V7JMy9GuDeYsOHeOb
    pPRrHQo9FsDTmLDFMKGf5sxTahjcASuio6H2WpVdnxYaI6AoIHpwkOPv1x9QkdhP
    vwb85Eh+TtFgel3SiXFBWHAEF8hNsE3yLy+Zq7IBNskvWmHflkmv1JECgYEA0dSS
    2uDOjtT/xMCG9CARqypluMWBjFZkcy9fBc77DUbttBj7bfJncl2AY4pcQM2MdAnN
    s1d2OeT4DmVYftIOOatK/+BrWKHgyaBaHiJdXGemoHFfMHqIWaQMU16SjtGXcCdM
    gz/8aacN8lzirX3YEuE2eB7wF+7Da2IXmMswJ50CgYBQEJZk6IsQyhQrWauNETCJ
    VwxTlQi2jQmL5MQRgzkoHSK+pDfXOoyFtDR08GO+02RRQw0Dvo5kZiemKdxvPi9f
    b/UnRzXzIFEmHJZYajQWXA8aXKIl/m3wz5n4gKuhwWPhonOi7PW259dRBIodVuo5
    AY+wZPvlTj4Zn1D5o/MNIQKBgQDFjHHaeg5ecPCAR5aG3m5kDN2KEQC/pFKcEzxO
    FqlLvbxrc527zJ1SEe+fR5NFO4ABe31bXHulVAmqXAXuGEtmRfutXZcS8gzVJw/R
    ER9+sOMyaKpq1OHsK0OjdgVbSr5dy9IAO8yjl7DMvmB3YGR+meQTQWVf0t3PCqIW
    qy2iDQKBgDwQekbPt9ToapXS1UjwmTxsv3hJZXHITwIUmi636qoxVnfxJy8NEUR0
    GBMwlXV+eMO8HZPz2Mda5nTgpNjUbLK0g9agQELClUpsbbyn3RdBQbK7r7YlHRtV
    fCC1AKSkO7E4p7LjRT5N4OUdqh7A45SV5ru+WCrY6d9k4nXcN7lQ
    -----END RSA PRIVATE KEY-----
    """

private let rsaSignature =
    "d1IrmETbU9hep8LPbhwSkkl_fxp5ZCzyVGGZVnToYJ_Kt5wuAQCDElOIb_ySdZRxbb8JMPBldOGWFI8yEq8unquBm-HrFf2_XSjs"
    + "x_O9wbvxvHhGaa9Fty4fSY2SZ5QkYE2X3kSbuCcKEVW85zizsKSfExiug8Cz1-rAjpEcdtEeOw24tW1jabMlns9h2-45CqmaoYY1"
    + "T51N1Hy_1QW555api35-bCByw2bk-rKl5XVxUA42qmYI9by582v33XkFlA90-fR3we34-md4CXrGsdD7mHfdaxK8CzOko2A68NOk"
    + "pOe-SKkR1f13xNbum1PwxvEBjRwciRQtsoDUeoggUQ"

private let curveKeys = [
    """
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff
    H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp
    7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt
    -----END PRIVATE KEY-----
    """,
    """
    -----BEGIN EC PRIVATE KEY-----
    MHcCAQEEII6bEJ5xkJi/mASH3x9dd+nLKWBuvtImO19XwhPfhPSyoAoGCCqGSM49
    AwEHoUQDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEXH8UTNG72b
    focs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
    -----END EC PRIVATE KEY-----
    """,
]

private let wrongKeys: [(JSONWebToken.Algorithm, JSONWebToken.KeyEncoding, String)] = [
    (.hs256, .text, ""), (.hs256, .hex, "s3cret-text"), (.hs256, .base64, "s3cret text!"), (.rs256, .text, "s3cret"),
    (.rs256, .text, curveKeys[0]), (.es256, .text, rsaKey), (.es256, .text, "s3cret"), (.rs256, .text, shortKey),
]

private let shortKey = """
    -----BEGIN PRIVATE KEY-----
    MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBALNDGjp9hu5aP1kd
    tbARoON2BKZI7FikSsxpQIKAHzzOsyvy87O/2KI2RIptMEHb1Njz2v+2VKNVu7XQ
    DvTFtWO+LQ2zY5LKX2UgcxRzp09IBu2WEzwlbSSsWZ4ozasvx9UH4HOvBVTLYzKb
    JUNERH8T7DRoGQLAb61wb2IlOVMNAgMBAAECgYAZsUdkFLOvG84yhpiQyKYHk9Ws
    w4zkU3/I9ljhm11eyL1TUjntjFSPQznloSqmdcx239SGi+prkpEZyN0r5d5OVPHg
    /LOuvGqGpkVpd/CCl1cI66aJ1jo82LTq0IvJ18ULNuF6dyzh3/RvAQ87mEswHrNc
    rPfj6qNBmK0CP8rP4QJBAN7mQ+5xieP3quO8f8hkahBVCqVcwsfEss3zguOb/6E0
    L0AZyC5Jz79ubOyvNUjOL1P175+wd1TdrqIkKwLQ0BUCQQDN4ev1Ktke137o9X2o
    IK09wWoTbBxoXe3umCiVxMdJYY32Tr3MyjVcBV8HONnNmVltnQ4TCubfEcjYFsC4
    QD0ZAkAB5rbnnsJNVnx3qtDwNaMN9pu7o1np+EyKIyyXomoAxwAsLMwfUPPbryZw
    smHi+BdBQRTFKO0rpSRrL6HKSVutAkEAljc1my8FNdyTi1O6uBYHcNyTEdK6s2d9
    N62rRwNJSIA2PTVchHQxFJASsslHGRy/RBvobfpxUua9/PQ07vpn2QJBANaM+16O
    BxYInMy5sFSp11CfNWje9VAUj4k3kVrwVOzWZLPbIF5z3p35B36VBPistZnJaAaG
    dNGlT1pW4KfNjdw=
    -----END PRIVATE KEY-----
    """
