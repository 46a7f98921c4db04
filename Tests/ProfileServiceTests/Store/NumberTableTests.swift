import Testing

@testable import ProfileService

@Suite("A table of values by numbers")
struct NumberTableTests {
    @Test("holds what a dictionary would, whatever is put in and taken out", arguments: 1...20)
    func model(seed: UInt64) {
        var random = Xorshift(seed)
        var table = NumberTable<Int64>(minimumCapacity: seed.isMultiple(of: 2) ? 0 : 500)
        var model: [Int64: Int64] = [:]
        // Numbers side by side, as rows have them, and some that are far away.
        let numbers = (0..<400).map { Int64($0) } + (0..<100).map { _ in Int64(bitPattern: random.next()) }
        for step in 0..<5000 {
            let number = numbers[Int(random.next() % UInt64(numbers.count))]
            let value = random.next().isMultiple(of: 3) ? nil : Int64(step)
            table[number] = value
            model[number] = value
            #expect(table.count == model.count)
        }
        for number in numbers { #expect(table[number] == model[number]) }
    }

    @Test("a cache on it remembers what was used lately, and forgets the rest")
    func cache() {
        var cache = GenerationalCache<NumberTable<String>>(capacity: 10)
        cache.insert("first", for: 0)
        for number in 1...25 {
            cache.insert("\(number)", for: Int64(number))
            if number < 20 { #expect(cache[0] == "first") }
        }
        #expect(cache[1] == nil)
        #expect(cache[25] == "25")
        cache.remove(25)
        #expect(cache[25] == nil)
    }
}
