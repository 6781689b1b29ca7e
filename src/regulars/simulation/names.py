"""Invented names, addresses and numbers: each a pure function of a person's number in the town."""

# fmt: off
FIRST = (
    "Ada", "Alma", "Anna", "Bela", "Boris", "Clara", "Dana", "David", "Edda", "Emil", "Eva", "Filip", "Frida", "Georg",
    "Greta", "Hana", "Hugo", "Ida", "Irma", "Ivan", "Jan", "Jana", "Jonas", "Julia", "Karel", "Klara", "Lea", "Leo",
    "Lena", "Lukas", "Magda", "Marek", "Marta", "Max", "Mila", "Nina", "Nora", "Olga", "Oskar", "Otto", "Paula",
    "Pavel", "Petra", "Rosa", "Sara", "Simon", "Sofia", "Tereza", "Tomas", "Vera", "Viktor", "Zora",
)
LAST = (
    "Adler", "Baran", "Bauer", "Benes", "Berger", "Blaha", "Brandt", "Cerny", "Dolezal", "Dvorak", "Ebner", "Fiala",
    "Fischer", "Gruber", "Hajek", "Hartl", "Hofer", "Horak", "Hruby", "Jelinek", "Kadlec", "Keller", "Klima", "Koch",
    "Kolar", "Kraus", "Kubat", "Lang", "Lehner", "Lorenz", "Maier", "Malik", "Marek", "Moser", "Nemec", "Novak",
    "Ortner", "Pavlik", "Pichler", "Pokorny", "Polak", "Reiter", "Riha", "Ruzic", "Sedlak", "Sommer", "Stark",
    "Steiner", "Svoboda", "Tichy", "Urban", "Vesely", "Vogel", "Wagner", "Weber", "Winkler", "Wolf", "Zeman", "Zelenka",
    "Zima",
)
# fmt: on
DOMAINS = (
    "lindenpost.net",
    "brevmail.org",
    "quillbox.net",
    "havenmail.org",
    "postwerk.net",
    "familie-online.net",
    "tintenpost.org",
)
_MOBILE = (601, 602, 603, 604, 605, 606, 607, 608, 720, 721, 723, 724, 728, 731, 732, 733, 736, 737, 774, 775)


def scramble(number: int, key: int, high: int, low: int) -> int:
    """A one-to-one map of 0..high*low-1, another for each key, so that a number tells nothing of its neighbours.

    Four rounds of a Feistel network over the two digits of a mixed-radix number.
    """
    left, right = divmod(number % (high * low), low)
    for turn in range(4):
        right = (right + _mix(left, key + turn)) % low
        left = (left + _mix(right, key - turn)) % high
    return left * low + right


def _mix(value: int, key: int) -> int:
    """Splitmix64's finaliser."""
    mixed = (value * 0x9E3779B97F4A7C15 + key) & 0xFFFFFFFFFFFFFFFF
    mixed = ((mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    mixed = ((mixed ^ mixed >> 27) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    return mixed ^ mixed >> 31


def mobile(person: int, key: int) -> str:
    """Her mobile number in E.164, valid in the Czech plan and hers alone below 20 million persons."""
    prefix, rest = divmod(scramble(person, key ^ 1, len(_MOBILE), 1_000_000), 1_000_000)
    return f"+420{_MOBILE[prefix]}{rest:06d}"


def landline(household: int, key: int) -> str:
    """The household's landline in E.164, in Prague's range."""
    return f"+4202{20_000_000 + scramble(household, key ^ 2, 6_000, 10_000):08d}"


def user_id(person: int, key: int) -> str:
    """The number of her account."""
    return str(10_000_000 + scramble(person, key ^ 3, 9_000, 10_000))


def loyalty_id(person: int, key: int) -> str:
    """The number of her loyalty card; ten digits."""
    return f"29{scramble(person, key ^ 4, 10_000, 10_000):08d}"


def email(first: str, last: str, person: int, key: int, style: int) -> str:
    """One of her addresses; `style` 0 is the main one, 1 the second, which looks nothing like the first."""
    number = scramble(person, key ^ (5 + style), 1_000, 10_000)
    local = f"{first}.{last}{number}" if style == 0 else f"{first[0]}{number}{last[:4]}"
    return f"{local.lower()}@{DOMAINS[(number + 3 * style) % len(DOMAINS)]}"
