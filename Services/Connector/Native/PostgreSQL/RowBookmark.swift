import ConnectorKit
import Events

/// How far a table has been read; pure.
///
/// At rest it is `{"since": …, "horizon": …}`: from which cursor on the next run reads. A row may be committed long after its
/// cursor was given, behind rows that are read already. So the next run begins where the cursor stood before the oldest
/// transaction began that might still have been running: `horizon` is the first transaction that had not begun then. `pending`
/// is a later such place, which counts once everything is over that ran then. In the middle of a run `run` says where.
struct RowBookmark: Equatable {
    /// Where the cursor stood before any transaction from `horizon` on had written.
    struct Mark: Equatable {
        var since: String?
        var horizon: UInt64
    }

    /// A run under way.
    struct Run: Equatable {
        var mark: Mark
        /// The oldest transaction that ran at its beginning.
        var oldest: UInt64
        /// The position of the last row read.
        var page: [String]?
    }

    var low = Mark(since: nil, horizon: 0)
    var pending: Mark?
    var run: Run?

    /// What the run has read is behind it: from where on the next one must read.
    mutating func end() {
        guard let run else { return }
        self.run = nil
        // A database that was made anew from a copy counts its transactions anew.
        let waiting = pending.flatMap { $0.horizon <= run.mark.horizon ? $0 : nil }
        if run.mark.horizon <= run.oldest {
            (low, pending) = (run.mark, nil)
        } else if let waiting, waiting.horizon <= run.oldest {
            (low, pending) = (waiting, run.mark)
        } else {
            pending = waiting ?? run.mark
        }
    }
}

extension RowBookmark {
    /// Reads what ``json`` has written; `{"since": …}` is enough.
    init(_ json: JSONValue?) {
        low = Mark(json) ?? Mark(since: nil, horizon: 0)
        pending = Mark(json?["pending"])
        guard let run = json?["run"], let mark = Mark(run) else { return }
        self.run = Run(
            mark: mark,
            oldest: run["oldest"].flatMap { UInt64($0.plainText) } ?? 0,
            page: run["page"]?.texts
        )
    }

    var json: JSONValue {
        var members = low.members
        if let pending { members["pending"] = .object(pending.members) }
        if let run {
            var inner = run.mark.members
            inner["oldest"] = .string(String(run.oldest))
            if let page = run.page { inner["page"] = .array(page.map(JSONValue.string)) }
            members["run"] = .object(inner)
        }
        return .object(members)
    }
}

extension RowBookmark.Mark {
    fileprivate init?(_ json: JSONValue?) {
        guard let json else { return nil }
        since = json["since"]?.plainText
        horizon = json["horizon"].flatMap { UInt64($0.plainText) } ?? 0
    }

    fileprivate var members: [String: JSONValue] {
        var members: [String: JSONValue] = ["horizon": .string(String(horizon))]
        if let since { members["since"] = .string(since) }
        return members
    }
}

extension JSONValue {
    fileprivate var texts: [String]? {
        guard case .array(let elements) = self else { return nil }
        return elements.map(\.plainText)
    }
}
