/// A mailbox's name as IMAP has it: modified UTF-7 between quotes.
func quoted(_ mailbox: String) throws(CurlError) -> String {
    guard !mailbox.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
        throw .invalidRequest("the mailbox's name has a control character.")
    }
    let escaped = modifiedUTF7(mailbox).flatMap { $0 == "\\" || $0 == "\"" ? ["\\", $0] : [$0] }
    return "\"\(String(escaped))\""
}

/// Letters outside ASCII as `&…-`, in Base64 with a comma for the slash.
private func modifiedUTF7(_ text: String) -> String {
    var result = ""
    var run: [UInt16] = []
    for scalar in text.unicodeScalars {
        if scalar.isASCII {
            result += shifted(&run) + (scalar == "&" ? "&-" : String(Character(scalar)))
        } else {
            run += Array(String(Character(scalar)).utf16)
        }
    }
    return result + shifted(&run)
}

private func shifted(_ run: inout [UInt16]) -> String {
    guard !run.isEmpty else { return "" }
    defer { run = [] }
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,")
    var text = "&"
    var bits: UInt32 = 0
    var count = 0
    for unit in run {
        bits = bits << 16 | UInt32(unit)
        count += 16
        while count >= 6 {
            count -= 6
            text.append(alphabet[Int(bits >> UInt32(count)) & 63])
        }
        // No more bits than fit are ever waiting.
        bits &= (1 << UInt32(count)) - 1
    }
    if count > 0 { text.append(alphabet[Int(bits << UInt32(6 - count)) & 63]) }
    return text + "-"
}
