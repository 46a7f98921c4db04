import CJQ
import Events

/// The value as jq has it.
func jv(_ value: JSONValue) -> jv {
    switch value {
    case .null: return jv_null()
    case .bool(let flag): return flag ? jv_true() : jv_false()
    case .number(let number): return jv(number)
    case .string(let text): return jv(text)
    case .array(let elements):
        return elements.reduce(jv_array_sized(Int32(clamping: elements.count))) { jv_array_append($0, jv($1)) }
    case .object(let members):
        return members.reduce(jv_object()) { jv_object_set($0, jv($1.key), jv($1.value)) }
    }
}

private func jv(_ number: JSONNumber) -> jv {
    let value = number.double
    return NumberTags.text(of: value) == number.text ? jv_number(value) : jv(NumberTags.tagged(number))
}

private func jv(_ text: String) -> jv {
    var text = text
    return text.withUTF8 { bytes in
        bytes.withMemoryRebound(to: CChar.self) { jv_string_sized($0.baseAddress, Int32(clamping: $0.count)) }
    }
}

extension JSONValue {
    /// What jq's value is; takes it away.
    init(consuming value: jv) {
        defer { jv_free(value) }
        switch jv_get_kind(value) {
        case JV_KIND_TRUE: self = .bool(true)
        case JV_KIND_FALSE: self = .bool(false)
        case JV_KIND_NUMBER: self = NumberTags.number(jv_number_value(value)).map(JSONValue.number) ?? .null
        case JV_KIND_STRING: self = NumberTags.untagged(String(jv: value))
        case JV_KIND_ARRAY:
            let count = jv_array_length(jv_copy(value))
            self = .array((0..<count).map { JSONValue(consuming: jv_array_get(jv_copy(value), $0)) })
        case JV_KIND_OBJECT: self = .object(Self.members(of: value))
        default: self = .null
        }
    }

    private static func members(of object: jv) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        var place = jv_object_iter(object)
        while jv_object_iter_valid(object, place) != 0 {
            let key = jv_object_iter_key(object, place)
            defer { jv_free(key) }
            members[NumberTags.stripped(String(jv: key))] = JSONValue(consuming: jv_object_iter_value(object, place))
            place = jv_object_iter_next(object, place)
        }
        return members
    }
}

extension String {
    /// The text of jq's string, which stays where it is.
    fileprivate init(jv value: jv) {
        let count = Int(jv_string_length_bytes(jv_copy(value)))
        let start = UnsafeRawPointer(jv_string_value(value))
        self.init(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
    }
}
