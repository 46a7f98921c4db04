/// Invented people's names, in several scripts, with the form that their mail addresses have.
enum SampleNames {
    struct Name: Sendable, Equatable {
        var first: String
        var last: String
        /// The first and last name in plain letters.
        var plain: (first: String, last: String)

        init(_ first: String, _ last: String, plain: (String, String)? = nil) {
            self.first = first
            self.last = last
            self.plain = (plain?.0 ?? first.lowercased(), plain?.1 ?? last.lowercased())
        }

        var whole: String { "\(first) \(last)" }

        static func == (left: Name, right: Name) -> Bool {
            left.whole == right.whole
        }
    }

    /// The name of the person with this number; the first few hundred differ.
    static func name(of index: Int) -> Name {
        // Every fifth person writes their name in another script.
        if index % 5 == 4 { return eastAsian[(index / 5) % eastAsian.count] }
        let place = index - index / 5
        let first = firstNames[place % firstNames.count]
        let last = lastNames[(place * 7 + place / firstNames.count) % lastNames.count]
        return Name(first, last, plain: (folded(first), folded(last)))
    }

    private static func folded(_ text: String) -> String {
        let plain: [Character: String] = [
            "ö": "oe", "ü": "ue", "ø": "o", "é": "e", "í": "i", "ó": "o", "ł": "l", "ş": "s", "ñ": "n",
        ]
        return text.lowercased().map { plain[$0] ?? String($0) }.joined()
    }

    private static let firstNames = [
        "Ada", "Bruno", "Celia", "Dario", "Elif", "Fiona", "Goran", "Helga", "Ines", "Jonas", "Katya", "Liam", "Mara",
        "Nils", "Olga", "Pedro", "Quentin", "Rosa", "Søren", "Tilda", "Ugo", "Vera", "Wim", "Xenia", "Yusuf", "Zoé",
    ]

    private static let lastNames = [
        "Lindqvist", "Marlow", "Okafor", "Pereira", "Quist", "Rossi", "Szabo", "Tanner", "Ueland", "Vidal", "Wójcik",
        "Yılmaz", "Zeller", "Almeida", "Brandt", "Castillo", "Dupont", "Eriksen", "Fischer",
    ].map { $0.replacingDotless }

    private static let eastAsian = [
        Name("서연", "김", plain: ("seoyeon", "kim")), Name("健", "佐藤", plain: ("ken", "sato")),
        Name("민준", "박", plain: ("minjun", "park")), Name("美咲", "鈴木", plain: ("misaki", "suzuki")),
        Name("지우", "이", plain: ("jiwoo", "lee")), Name("伟", "王", plain: ("wei", "wang")),
        Name("하은", "최", plain: ("haeun", "choi")), Name("翔太", "高橋", plain: ("shota", "takahashi")),
        Name("도윤", "정", plain: ("doyun", "jung")), Name("丽", "陈", plain: ("li", "chen")),
        Name("수아", "강", plain: ("sua", "kang")), Name("葵", "伊藤", plain: ("aoi", "ito")),
    ]
}

extension String {
    /// Letters that have no capital of their own are kept out of addresses.
    fileprivate var replacingDotless: String {
        String(map { $0 == "ı" ? "i" : $0 })
    }
}
