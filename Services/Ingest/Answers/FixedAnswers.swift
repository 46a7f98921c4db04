import Events
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceKit

/// Answers that do not depend on events.
enum FixedAnswers {
    /// One transparent dot.
    static let pixel: [UInt8] = [
        0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 0x01, 0x00, 0x01, 0x00, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF,
        0xFF,
        0x21, 0xF9, 0x04, 0x01, 0x00, 0x00, 0x00, 0x00, 0x2C, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00,
        0x02,
        0x02, 0x44, 0x01, 0x00, 0x3B,
    ]

    /// The image; it must be fetched anew each time to be seen.
    static func image() -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "image/gif", .cacheControl: "no-store, max-age=0"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: pixel))
        )
    }

    /// No feature flags, in both the words that PostHog's libraries have had for them.
    static let flags = Array(
        #"""
        {"flags":{},"featureFlags":{},"featureFlagPayloads":{},"errorsWhileComputingFlags":false,"surveys":[],\#
        "config":{"enable_collect_everything":true},"supportedCompression":["gzip","gzip-js"],"sessionRecording":false,\#
        "isAuthenticated":false,"siteApps":[],"toolbarParams":{},"capturePerformance":false}
        """#.utf8
    )

    /// What PostHog's browser library asks for before it starts.
    static let remoteConfig = Array(
        #"""
        {"hasFeatureFlags":false,"supportedCompression":["gzip","gzip-js"],"sessionRecording":false,"surveys":false,\#
        "heatmaps":false,"capturePerformance":false,"siteApps":[],"defaultIdentifiedOnly":true}
        """#.utf8
    )

    /// A script that says nothing, so that the library asks for the above; JSON would be an error in every page.
    static func remoteScript() -> Response {
        Response(status: .ok, headers: [.contentType: "text/javascript; charset=utf-8"])
    }

    static let ignored = Array(#"{"success":true}"#.utf8)

    /// What RudderStack's browser and mobile libraries ask for before they start: a source that is on, nothing else.
    static func sourceConfig(of source: String, key: String) -> [UInt8] {
        JSONWriter.object { writer in
            writer.object("source") { writer in
                writer.field("id", source)
                writer.field("name", source)
                writer.field("writeKey", key)
                writer.field("workspaceId", "kith")
                writer.field("enabled", true)
                let off: JSONValue = ["enabled": false]
                writer.field("config", ["statsCollection": ["errors": off, "metrics": off]])
                writer.field("destinations", .array([]))
                writer.field("updatedAt", "1970-01-01T00:00:00.000Z")
            }
        }
    }

    /// What Segment's browser library asks for before it starts: where to send events, and nothing else to load.
    static func settings(key: String, host: String?) -> [UInt8] {
        JSONWriter.object { writer in
            writer.object("integrations") { writer in
                writer.object("Segment.io") { writer in
                    writer.field("apiKey", key)
                    if let host { writer.field("apiHost", "\(host)/v1") }
                    writer.field("unbundledIntegrations", .array([]))
                    writer.field("addBundledMetadata", true)
                    writer.field("versionSettings", ["version": "4.4.7", "componentTypes": ["browser"]])
                }
            }
            writer.field("plan", ["track": ["__default": ["enabled": true, "integrations": [:]]]])
            writer.field("edgeFunction", .object([:]))
            writer.field("analyticsNextEnabled", true)
            writer.field("middlewareSettings", .object([:]))
            writer.field("enabledMiddleware", .object([:]))
            writer.field("metrics", ["sampleRate": 0])
            writer.field("legacyVideoPluginsEnabled", false)
            writer.field("remotePlugins", .array([]))
        }
    }
}
