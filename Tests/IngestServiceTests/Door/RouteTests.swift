import Events
import Testing

@testable import IngestService

@Suite("A path")
struct RouteTests {
    private func segment(_ call: EventCall? = nil) -> Route {
        .events(EventsPath(dialect: .segment, call: call))
    }

    @Test("stands for a call with or without its version and a slash at the end", arguments: EventType.allCases)
    func calls(type: EventType) {
        for path in ["/v1/\(type)", "/v1/\(type)/"] {
            #expect(Route(path: path) == segment(.event(type)))
        }
        // PostHog has a /track as well, so there the body must say.
        let bare: Route = type == .track ? .events(EventsPath(call: .event(.track))) : segment(.event(type))
        #expect(Route(path: "/\(type)") == bare)
        #expect(Route(path: "/\(type)/") == bare)
    }

    @Test(
        "may be a letter, as Segment's browser library has it",
        arguments: [
            ("t", EventType.track), ("p", .page), ("i", .identify), ("g", .group), ("a", .alias), ("s", .screen),
        ]
    )
    func letters(letter: String, type: EventType) {
        #expect(Route(path: "/v1/\(letter)") == segment(.event(type)))
    }

    @Test("takes batches of either family")
    func batches() {
        #expect(Route(path: "/v1/batch") == segment())
        #expect(Route(path: "/v1/b") == segment())
        #expect(Route(path: "/batch") == .events(EventsPath()))
        #expect(Route(path: "/batch/") == .events(EventsPath()))
        #expect(Route(path: "/v1/import") == segment())
        #expect(Route(path: "/beacon/v1/batch") == segment())
        #expect(Route(path: "/v1/merge") == segment(.merge))
    }

    @Test("takes PostHog's events", arguments: ["/capture", "/e", "/i/v0/e", "/engage", "/engage/", "/i/v0/e/"])
    func posthog(path: String) {
        #expect(Route(path: path) == .events(EventsPath(dialect: .posthog)))
    }

    @Test("takes PostHog's traces and its Capture V1")
    func posthogSpecials() {
        #expect(Route(path: "/i/v0/ai/batch/") == .events(EventsPath(dialect: .posthog, isTrace: true)))
        #expect(Route(path: "/i/v1/analytics/events") == .events(EventsPath(dialect: .posthog, answer: .results)))
    }

    @Test("takes pixels of both families", arguments: ["/pixel/v1/track", "/v1/pixel/track", "/pixel/track/"])
    func pixels(path: String) {
        #expect(Route(path: path) == .pixel(.event(.track)))
    }

    @Test("answers what libraries ask for before they start")
    func settings() {
        #expect(Route(path: "/v1/projects/kw_a/settings") == .settings(key: "kw_a"))
        #expect(Route(path: "/sourceConfig/") == .sourceConfig)
        #expect(Route(path: "/flags/") == .flags)
        #expect(Route(path: "/decide/") == .flags)
        #expect(Route(path: "/array/kw_a/config") == .remoteConfig)
        #expect(Route(path: "/array/kw_a/config.js") == .remoteScript)
        #expect(Route(path: "/v1/kith.js") == .script)
        #expect(Route(path: "/kith.js") == .script)
    }

    @Test("is unknown otherwise", arguments: ["/", "", "/v1", "/v1/v1/track", "/v2/track", "/v1/track/x", "/../etc"])
    func unknown(path: String) {
        #expect(Route(path: path) == nil)
    }
}
