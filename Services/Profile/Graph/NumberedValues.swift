/// Values by number; those of the numbers that a batch gives out itself, one after the other, are at hand without a search.
struct NumberedValues<Value> {
    private let firstOwn: Int64
    private var own: [Value?] = []
    private var others: [Int64: Value] = [:]

    /// - Parameter firstOwn: The first number that the batch gives out.
    init(firstOwn: Int64) {
        self.firstOwn = firstOwn
    }

    subscript(_ number: Int64) -> Value? {
        get {
            if number < firstOwn { return others[number] }
            let place = Int(number - firstOwn)
            return place < own.count ? own[place] : nil
        }
        set {
            if number < firstOwn {
                others[number] = newValue
            } else {
                let place = Int(number - firstOwn)
                while own.count <= place { own.append(nil) }
                own[place] = newValue
            }
        }
    }
}
