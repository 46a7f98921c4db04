import HTTPTypes
import Hummingbird

/// What lets scripts of any web page call the door.
///
/// The caller's own origin is named, never `*`, because some libraries send their requests with credentials; nothing here
/// looks at cookies, so naming it gives nothing away.
enum CrossOrigin {
    /// Adds the permission to an answer, if a browser asked for it.
    static func permit(_ request: Request, _ headers: inout HTTPFields) {
        // Of every answer: one without an origin that a cache keeps must not serve a page that has one.
        headers[.vary] = "Origin"
        guard let origin = request.headers[.origin], origin.utf8.count <= 512 else { return }
        headers[.accessControlAllowOrigin] = origin
        headers[.accessControlAllowCredentials] = "true"
        headers[.accessControlExposeHeaders] = "Retry-After, X-Request-Id"
    }

    /// The answer to a browser that asks beforehand.
    static func preflight(_ request: Request) -> Response {
        var headers: HTTPFields = [:]
        headers[.accessControlAllowMethods] = "GET, POST, OPTIONS"
        headers[.accessControlMaxAge] = "86400"
        headers[.accessControlAllowHeaders] = "Authorization, Content-Type, Content-Encoding, X-Write-Key"
        if let asked = request.headers[.accessControlRequestHeaders], asked.utf8.count <= 2048 {
            headers[.accessControlAllowHeaders] = asked
        }
        return Response(status: .noContent, headers: headers)
    }
}
