import Events
import Foundation
import Identity

/// Resolves generated streams in memory, and says how well that agrees with the truth and how fast it was.
///
///     python3 -m Generator stream --out DIR        # in Tests: events.ndjson, and truth.csv beside it
///     IdentityScore DIR…                           # a line of JSON for each; ends with 1 if a bound is missed
@main
struct Main {
    static func main() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var isMissed = false
        for folder in CommandLine.arguments.dropFirst() {
            let report = try Measurement(of: folder).report
            print(String(decoding: try encoder.encode(report), as: UTF8.self))
            if !report.missed.isEmpty { isMissed = true }
        }
        if isMissed { exit(1) }
    }
}
