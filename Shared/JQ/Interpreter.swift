import CJQ
import Events

/// jq's state for one program.
///
/// Its values are counted without locks, so none of them ever leaves it.
final class Interpreter {
    private let state: OpaquePointer
    private let log = MessageLog()

    init(compiling text: String, in source: String) throws(ProgramError) {
        guard let state = jq_init() else { throw ProgramError(problem: "jq cannot be started.") }
        self.state = state
        jq_set_error_cb(state, { MessageLog.take($0, $1) }, Unmanaged.passUnretained(log).toOpaque())
        guard jq_compile(state, text) != 0 else {
            throw ProgramError(problem: "“\(source)” is no jq expression: \(log.firstProblem)")
        }
    }

    deinit {
        var state: OpaquePointer? = state
        jq_teardown(&state)
    }

    func run(_ input: JSONValue, limit: Int) throws(ProgramError) -> [JSONValue] {
        jq_start(state, jv(input), 0)
        var values: [JSONValue] = []
        while true {
            let output = jq_next(state)
            guard jv_is_valid(output) != 0 else {
                try check(end: output)
                return values
            }
            guard values.count < limit else {
                jv_free(output)
                throw ProgramError(problem: "The expression gives more than \(limit) values.")
            }
            values.append(JSONValue(consuming: output))
        }
    }

    /// Whether the outputs have ended or something went wrong.
    private func check(end: jv) throws(ProgramError) {
        guard jq_halted(state) == 0 else {
            jv_free(end)
            throw ProgramError(problem: "The expression halts.")
        }
        let message = jv_invalid_get_msg(end)
        guard jv_get_kind(message) != JV_KIND_NULL else { return jv_free(message) }
        throw ProgramError(problem: Self.withoutInput(JSONValue(consuming: message).plainText))
    }

    /// A message without the text that `fromjson` or `tonumber` could not read, all of which jq shows: it may be a secret.
    private static func withoutInput(_ message: String) -> String {
        guard let input = message.firstRange(of: " (while parsing '") else { return message }
        return String(message[..<input.lowerBound])
    }
}

/// What jq has to say while it compiles.
private final class MessageLog {
    private var messages: [String] = []

    static func take(_ context: UnsafeMutableRawPointer?, _ message: jv) {
        guard let context else { return jv_free(message) }
        let log = Unmanaged<MessageLog>.fromOpaque(context).takeUnretainedValue()
        log.messages.append(JSONValue(consuming: jq_format_error(message)).plainText)
    }

    /// Without what jq adds for a terminal.
    var firstProblem: String {
        let lines = messages.first?.split(separator: "\n").first ?? "it cannot be compiled"
        let text = lines.hasPrefix("jq: ") ? lines.dropFirst(4) : lines
        let end = [" (Unix shell quoting issues?)", " at <top-level>"].compactMap {
            text.firstRange(of: $0)?.lowerBound
        }
        .min()
        return String(text[..<(end ?? text.endIndex)])
    }
}
