"""The words that people, places and shops are named with, and how people misspell and shorten them."""

FIRST = """ada agnes aiko albert alice alina amir amy ana andrea andrew anna anthony ari arthur barbara ben bruno carla carlos carol
chen chiara chris clara daniel david diana dmitri edward elena elizabeth emil emma eric esther eva felix fiona frank gabriel grace hana
hannah harry helen henry hugo ian ida ingrid irene isaac ivan jack james jane jason jean jennifer jin joan john jonas jose joseph julia
karen karin karl kate katherine kevin kim laura lena leo lin linda louis lucas lucy magnus mai margaret maria marie mark martin mary
matthew maya mia michael mina mohammed monica nadia nancy nathan nicole nina noah nora olga olivia oscar pablo patricia paul peter petra
priya rachel rebecca richard rita robert rosa ruth ryan sam samuel sara sarah sean simon sofia sophie stefan steven susan tara thomas
tim tom vera victor walter wei william yuki yusuf zoe françois jürgen søren zoë małgorzata łukasz renée siân""".split()

LAST = """adams ahmed allen anderson bailey baker barnes bauer becker bell bennett berg bianchi brown bryant burns butler campbell carter
castro chan chavez chen clark cole coleman collins cook cooper costa cox cruz davis diaz dubois duncan edwards ellis evans fernandez
fischer flores ford foster fox fraser garcia gibson gomez gonzalez gordon graham grant gray green griffin gruber hall hansen harris
hayes henderson hernandez hill hoffmann horvat howard huber hughes hunt ito ivanov jackson jansen jensen jimenez johnson jones jordan
kaya keller kelly kennedy khan kim king klein kowalski kumar lang larsen lee lewis lopez marino martin martinez mason meyer miller
moore moreau morgan morris murphy murray nagy nakamura nelson nguyen nielsen novak olsen ortiz owens park parker patel perez perry
petrov phillips popescu porter powell price ramirez reed reyes rice richter rivera roberts robinson rodriguez rogers rossi russo ryan
sanchez santos sato schmidt schneider scott shah shaw silva simpson singh smith stewart stone suzuki tanaka taylor thomas thompson
torres tran tucker turner vargas vogel wagner walker wallace walsh wang ward watson weber west white williams wilson wolf wong wood
wright yamamoto yilmaz young zhang o'brien o'connor müller schröder lindqvist peña núñez dvořák""".split()

SYLLABLES = """al an ar ba bel bo bra ca che co da del do el en fa fin ga gra ha hel in ja kel la len lin lo ma mar mi mon na nor or
pa per ra ren ri ro sa sha so sta ta ter ti to va ver vi wa wil ya zan""".split()

STREETS = "oak maple cedar pine elm lake hill park mill spring river forest meadow walnut ridge valley willow orchard".split()
WAYS = "street avenue road lane drive court way place".split()
CITIES = "springfield bristol clinton fairview salem madison arlington ashland dover oxford milton newport dayton milford".split()
STATES = "CA TX FL NY PA IL OH GA NC MI NJ VA WA AZ MA TN IN MO MD WI".split()
COMPANIES = "northwind contoso fabrikam tailspin wingtip lakeshore brightwave redleaf bluepeak ironbridge".split()
MAILBOXES = ["mail.example"] * 6 + ["post.example"] * 3 + ["inbox.example"] * 2 + ["cloud.example", "home.example"]
PAGES = "home pricing product cart checkout blog docs support account search".split()
ACTIONS = ["Product Viewed", "Product Added", "Products Searched", "Signed In", "Button Clicked", "Video Played",
           "Form Submitted", "Cart Viewed"]
BROWSERS = ["Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/127.0",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"]

NICKNAMES = {"robert": "bob", "william": "bill", "richard": "dick", "elizabeth": "liz", "margaret": "peggy", "james": "jim",
             "john": "jack", "michael": "mike", "thomas": "tom", "katherine": "kate", "jennifer": "jen",
             "daniel": "dan", "matthew": "matt", "joseph": "joe", "patricia": "pat", "rebecca": "becky", "susan": "sue",
             "edward": "ted", "anthony": "tony", "samuel": "sam", "steven": "steve", "andrew": "andy"}

PLAIN = str.maketrans("øëçüéêâłńåßñöäžřáíóúčš", "oeeueealnasnoazraioucs")

KEYS_BESIDE = {"q": "wa", "w": "qe", "e": "wr", "r": "et", "t": "ry", "y": "tu", "u": "yi", "i": "uo", "o": "ip", "p": "ol",
               "a": "sq", "s": "ad", "d": "sf", "f": "dg", "g": "fh", "h": "gj", "j": "hk", "k": "jl", "l": "ko", "z": "xa",
               "x": "zc", "c": "xv", "v": "cb", "b": "vn", "n": "bm", "m": "nj"}


def plain(name: str) -> str:
    """The name as it stands in an address: no accents, no apostrophes."""
    return name.replace("'", "").translate(PLAIN)


def titled(name: str) -> str:
    """The name as a person writes it."""
    head, mark, tail = name.partition("'")
    return head.capitalize() + mark + tail.capitalize()


def mistyped(text: str, draw) -> str:
    """The text with one slip of the finger: a letter dropped, doubled, swapped, replaced or put in. Never the first."""
    if len(text) < 3:
        return text
    at = 1 + int(draw() * (len(text) - 2))
    letter = text[at]
    slip = int(draw() * 5)
    if slip == 0:
        return text[:at] + text[at + 1:]
    if slip == 1:
        return text[:at] + letter + text[at:]
    if slip == 2:
        return text[:at] + text[at + 1:at + 2] + letter + text[at + 2:]
    beside = str((int(letter) + 1) % 10) if letter.isdigit() else KEYS_BESIDE.get(letter, "e")[0]
    return text[:at] + beside + text[at + (slip == 3):]
