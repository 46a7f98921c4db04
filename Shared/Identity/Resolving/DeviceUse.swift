public import Events

/// Who used a device when, as its logins and sign-outs tell.
///
/// It is a function of the set of logins, whatever the order in which they become known.
public struct DeviceUse: Sendable, Equatable {
    /// From this time on it is this login's, until the next mark; without a login it is nobody's.
    public struct Mark: Sendable, Hashable {
        /// When.
        public var time: Timestamp
        /// Who logged in; `nil` where somebody signed out.
        public var login: Identifier?

        /// A mark of its parts.
        public init(_ time: Timestamp, _ login: Identifier?) {
            self.time = time
            self.login = login
        }

        /// Of marks at the same time the greater counts: a sign-out, or else the greater login.
        fileprivate static func isOrdered(_ left: Mark, _ right: Mark) -> Bool {
            if left.time != right.time { return left.time < right.time }
            guard let one = left.login else { return false }
            guard let other = right.login else { return true }
            return one < other
        }
    }

    /// A stretch of time in which the device is one login's.
    public struct Span: Sendable, Hashable {
        /// The first moment.
        public var start: Timestamp
        /// The first moment that is not in it; `nil` when it has no end yet.
        public var end: Timestamp?

        /// All time.
        public static let always = Span(start: Timestamp(microseconds: .min), end: nil)

        /// The time between two moments.
        public init(start: Timestamp, end: Timestamp?) {
            self.start = start
            self.end = end
        }
    }

    /// In the order of time; no two at the same time, and none that only repeats the login before it.
    ///
    /// Sign-outs are all there: one that ends nothing may turn out to end a login that becomes known later.
    public let marks: [Mark]

    /// The use that marks tell of, given in any order and as often as may be.
    public init(_ marks: some Sequence<Mark>) {
        var changes: [Mark] = []
        for mark in marks.sorted(by: Mark.isOrdered) {
            if changes.last?.time == mark.time { changes.removeLast() }
            if mark.login == nil || changes.last?.login != mark.login { changes.append(mark) }
        }
        self.marks = changes
    }

    private init(ordered marks: [Mark]) {
        self.marks = marks
    }

    /// Whose the device is at a time; `nil` when nobody knows.
    public func login(at time: Timestamp) -> Identifier? {
        let next = marks.firstPlace { $0.time > time }
        return next == 0 ? nil : marks[next - 1].login
    }

    /// Since when the device has been whose it is at a time; since ever, before anything is known.
    public func turnStart(at time: Timestamp) -> Timestamp {
        let next = marks.firstPlace { $0.time > time }
        return next == 0 ? Span.always.start : marks[next - 1].time
    }

    /// All time in stretches, one after the other, in each of which nothing changes on any of some devices.
    public static func turns(on devices: some Sequence<DeviceUse>) -> [Span] {
        let starts = [Span.always.start] + Set(devices.flatMap(\.marks).map(\.time)).sorted()
        return starts.indices.map { place in
            Span(start: starts[place], end: place + 1 < starts.count ? starts[place + 1] : nil)
        }
    }

    /// When the device is a login's.
    public func spans(of login: Identifier) -> [Span] {
        marks.indices.filter { marks[$0].login == login }.map { place in
            Span(start: marks[place].time, end: place + 1 < marks.count ? marks[place + 1].time : nil)
        }
    }

    /// Everybody who logged in.
    public var logins: Set<Identifier> { Set(marks.compactMap(\.login)) }

    /// Whether more than one logged in.
    public var hasSeveralLogins: Bool {
        let logins = marks.lazy.compactMap(\.login)
        return logins.contains { $0 != logins.first }
    }

    /// The marks that another use has and this one does not, and those that only this one has, each in the order of time.
    ///
    /// Where the two agree at their beginnings and their ends it does not look far: a kiosk's logins are many, and few are new.
    public func changes(from other: DeviceUse) -> (removed: [Mark], added: [Mark]) {
        let (own, others) = parts(otherThanIn: other)
        let (present, former) = (Set(own), Set(others))
        return (others.filter { !present.contains($0) }, own.filter { !former.contains($0) })
    }

    /// The places of the marks that further ones, at some times, may change, with one behind and one before that stay.
    ///
    /// So who looks at these alone finds the same changes and the same difference: a kiosk's logins are many, and few are new.
    public func places(around times: some Collection<Timestamp>) -> Range<Int> {
        guard let first = times.min(), let last = times.max() else { return 0..<0 }
        let present = marks.firstPlace { $0.time > first } - 1
        let next = marks.firstPlace { $0.time > last }
        return max(0, present - 1)..<min(marks.count, next + 2)
    }

    /// The same with the marks of another use in place of some, as further ones around there have changed them.
    public func replacing(_ places: Range<Int>, with part: DeviceUse) -> DeviceUse {
        var marks = marks
        marks.replaceSubrange(places, with: part.marks)
        return DeviceUse(ordered: marks)
    }

    /// The time within which the device is not, at every moment, the same login's as in another use; `nil` when it is.
    public func difference(from other: DeviceUse) -> Span? {
        let (own, others) = parts(otherThanIn: other)
        let starts = [own.first, others.first].compactMap { $0?.time }
        return starts.min().map { start in
            Span(start: start, end: own.endIndex < marks.endIndex ? marks[own.endIndex].time : nil)
        }
    }

    /// The marks of both without those at the beginning and at the end in which they agree.
    private func parts(otherThanIn other: DeviceUse) -> (own: ArraySlice<Mark>, others: ArraySlice<Mark>) {
        let same = zip(marks, other.marks).prefix { $0 == $1 }.count
        let (own, others) = (marks.dropFirst(same), other.marks.dropFirst(same))
        let end = zip(own.reversed(), others.reversed()).prefix { $0 == $1 }.count
        return (own.dropLast(end), others.dropLast(end))
    }
}

extension Array {
    /// The place of the first element that holds, where all behind it do as well.
    func firstPlace(where holds: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
