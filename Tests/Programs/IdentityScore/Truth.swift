import Glibc

/// Whose each event of a generated stream is, line by line.
struct Truth {
    struct Row {
        var person: Int
        /// On a device that anybody uses: nobody's.
        var isKiosk: Bool
    }

    let rows: [Row]

    init(reading path: String) throws {
        guard let file = fopen(path, "r") else { throw StreamError.missing(path) }
        defer { fclose(file) }
        var rows: [Row] = []
        var names: [String: Int] = [:]
        _ = Stream.line(of: file)
        while let line = Stream.line(of: file) {
            let fields = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            let person = String(decoding: fields[1], as: UTF8.self)
            let number = names[person] ?? names.count
            names[person] = number
            rows.append(Row(person: number, isKiosk: fields[3].contains(UInt8(ascii: "k"))))
        }
        self.rows = rows
    }
}
