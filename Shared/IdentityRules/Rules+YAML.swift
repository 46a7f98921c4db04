public import Identity
import YAML

extension Rules {
    /// The rules of a file as people write it: the defaults, but for what it says.
    ///
    /// A file that holds anything unknown, out of bounds, or without effect is refused as a whole.
    public init(yaml text: String) throws(RulesError) {
        var reader = RulesReader()
        if let file = try about(nil, { () throws(YAMLError) in try YAMLField(file: text) }), !file.isNull {
            try reader.read(file)
        }
        self = reader.rules
    }
}

/// Says of an error which part of the rules it is about.
func about<Value>(_ subject: String?, _ read: () throws(YAMLError) -> Value) throws(RulesError) -> Value {
    do throws(YAMLError) {
        return try read()
    } catch {
        throw RulesError(error, subject: subject)
    }
}
