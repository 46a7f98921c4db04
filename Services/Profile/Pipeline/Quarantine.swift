import MessageLog

/// Decides how to get past a record that ends the process, or that the store refuses: it remembers where that was, and makes batches
/// smaller there.
///
/// After three failures at one place the batch is halved; then one more is enough to halve it again, down to a single record,
/// which is condemned. A record that was being decoded is known at once, and only has to be counted to three.
struct Quarantine: Equatable {
    static let patience = 3

    private(set) var partition: String?
    /// The record that must not be looked at any more, and what it does.
    private(set) var condemned: Condemned?
    /// Batches that begin in this range have at most ``limit`` records.
    private(set) var suspects: Range<Offset> = 0..<0
    private(set) var limit = Int.max

    /// A record with which nothing can be done.
    struct Condemned: Equatable {
        var offset: Offset
        var failure: InFlightMark.Failure
    }

    /// Nothing is suspected.
    init() {}

    /// Reads the mark that the last batch left, and counts its failure.
    init(after mark: InFlightMark) {
        guard let failure = mark.takeFailure(), let place = mark.place else {
            mark.traps = 0
            return
        }
        mark.traps += 1
        guard mark.traps >= Self.patience else { return }
        partition = place.partition
        if let offset = mark.decoding {
            condemned = Condemned(offset: offset, failure: failure)
        } else if place.count <= 1 {
            condemned = Condemned(offset: place.offset, failure: failure)
        } else {
            suspects = place.offset..<place.offset + Offset(place.count)
            limit = place.count / 2
        }
    }

    /// How many records a batch may have that begins here.
    ///
    /// A condemned record is the last of its batch: then it is behind us before anything else can happen.
    func limit(of name: String, from offset: Offset, otherwise usual: Int) -> Int {
        guard partition == name else { return usual }
        if let condemned, condemned.offset >= offset {
            return min(Int(clamping: condemned.offset - offset) + 1, usual)
        }
        return suspects.contains(offset) ? min(limit, usual) : usual
    }

    /// The record of a partition that must not be looked at, if there is one.
    func condemned(of name: String) -> Condemned? { partition == name ? condemned : nil }

    /// How many traps to begin counting from behind a batch that ended well.
    func traps(of name: String, at offset: Offset) -> Int {
        partition == name && suspects.contains(offset) ? Self.patience - 1 : 0
    }
}
