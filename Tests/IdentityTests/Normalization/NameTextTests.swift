import Identity
import Testing

@Suite("Names as text to search")
struct NameTextTests {
    @Test(
        "a name is found however it was typed",
        arguments: [
            ("ADA", "ada"), ("Ａｄａ", "ada"), ("ÉMILE", "e\u{301}mile"), ("Weiß", "WEISS"), ("山田", "山田"),
            ("ﾔﾏﾀﾞ ﾀﾛｳ", "やまだ たろう"), ("ヤマダ　タロウ", "やまだ たろう"), ("ヴァイオレット", "ｳﾞｧｲｵﾚｯﾄ"), ("ヽヾ", "ゝゞ"),
            ("\u{1100}\u{1175}\u{11B7}\u{110E}\u{1165}\u{11AF}\u{1109}\u{116E}", "김철수"), ("İpek", "i\u{307}pek"),
            ("Πέτρος", "ΠΕΤΡΟΣ"), ("Ἀλέξανδρος", "αλεξανδρος"), ("Фёдор", "федор"), ("Ánh", "ANH"),
        ]
    )
    func same(one: String, other: String) {
        #expect(NameText.folded(one).utf8.elementsEqual(NameText.folded(other).utf8))
    }

    @Test(
        "names that sound or look different stay different",
        arguments: [("か", "が"), ("は", "ぱ"), ("김", "김철"), ("ı", "i")]
    )
    func different(one: String, other: String) {
        #expect(NameText.folded(one) != NameText.folded(other))
    }
}
