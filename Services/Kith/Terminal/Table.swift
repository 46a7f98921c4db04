/// Rows of text in aligned columns.
///
/// Cells are cleaned for the terminal, except that colours may be given by column; the last column takes the room that is left.
struct Table {
    var columns: [String]
    var rows: [[String]] = []
    /// How the cells of a column are painted.
    var styles: [Int: Terminal.Style] = [:]

    func render(on terminal: Terminal, indent: Int = 0) -> String {
        let rows = rows.map { $0.map { Printable.clean($0) } }
        let widths = fitted(widths: widths(of: rows), into: terminal.columns - indent)
        let header =
            columns.allSatisfy(\.isEmpty) ? [] : [line(columns, widths) { _, text in terminal.paint(text, .faint) }]
        let lines =
            header
            + rows.map { row in
                line(row, widths) { column, text in styles[column].map { terminal.paint(text, $0) } ?? text }
            }
        let margin = String(repeating: " ", count: indent)
        return lines.map { margin + $0 }.joined(separator: "\n")
    }

    private func widths(of rows: [[String]]) -> [Int] {
        columns.indices.map { column in
            ([columns] + rows).map { column < $0.count ? Width.of($0[column]) : 0 }.max() ?? 0
        }
    }

    /// Takes what does not fit from the widest columns.
    private func fitted(widths: [Int], into room: Int) -> [Int] {
        var widths = widths
        var excess = widths.reduce(0, +) + 2 * (widths.count - 1) - max(room, 20)
        while excess > 0, let widest = widths.indices.max(by: { widths[$0] < widths[$1] }), widths[widest] > 8 {
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    private func line(_ cells: [String], _ widths: [Int], paint: (Int, String) -> String) -> String {
        // Nothing stands behind the last cell that has something in it.
        let last = cells.lastIndex { !$0.isEmpty } ?? 0
        let painted = cells.prefix(last + 1).enumerated().map { column, cell in
            let text = Width.cut(cell, to: widths[column])
            let padding = column == last ? "" : String(repeating: " ", count: widths[column] - Width.of(text))
            return (text.isEmpty ? "" : paint(column, text)) + padding
        }
        return painted.joined(separator: "  ")
    }
}
