"""Names, countries and results with their weights, for a plausible history."""

FIRST_NAMES = (
    "ana", "luis", "maria", "jose", "lucia", "carlos", "elena", "pablo", "marta", "javier", "sofia",
    "diego", "claire", "pierre", "camille", "louis", "julie", "antoine", "emma", "hugo", "lea",
    "arthur", "john", "mary", "oliver", "amelia", "jack", "isla", "harry", "ava", "george", "mia",
    "hans", "anna", "lukas", "lena", "felix", "laura", "jonas", "sarah", "paul", "nina", "marco",
    "giulia", "luca", "chiara", "matteo", "sara", "joao", "ines", "tiago", "rita", "daan", "sanne",
    "bram", "lotte", "kenji", "yuki", "haruto", "sakura", "omar", "fatima", "yusuf", "layla",
)  # fmt: skip
LAST_NAMES = (
    "garcia", "martin", "lopez", "sanchez", "perez", "gomez", "ruiz", "diaz", "moreno", "alvarez",
    "dubois", "durand", "leroy", "moreau", "simon", "laurent", "michel", "lefevre", "roux",
    "fournier", "smith", "jones", "taylor", "brown", "wilson", "evans", "walker", "wright", "green",
    "clarke", "muller", "schmidt", "weber", "wagner", "becker", "hoffmann", "koch", "richter",
    "klein", "wolf",
    "rossi", "ferrari", "esposito", "bianchi", "romano", "colombo", "silva", "santos", "costa",
    "jansen", "visser", "bakker", "tanaka", "suzuki", "sato", "ito", "haddad", "khalil", "nasser",
    "novak", "kowalski", "nagy", "ivanov", "popescu",
)  # fmt: skip
COUNTRIES = (
    ("ES", "FR", "GB", "DE", "US", "IT", "PT", "NL", "BE", "CH", "SE", "PL", "JP", "KW", "MT"),
    (18, 16, 14, 12, 8, 8, 5, 5, 4, 3, 2.5, 2.5, 1, 0.5, 0.05),
)
_NO_CODE = "\\N"
RESULTS = (
    (
        ("succeeded", "000"), ("declined", "101"), ("declined", "111"), ("declined", "116"),
        ("declined", "114"), ("declined", "500"), ("rejected", _NO_CODE), ("not_sent", _NO_CODE),
        ("action_required", _NO_CODE), ("pending", _NO_CODE), ("unknown", _NO_CODE),
    ),
    (88, 1.5, 1.2, 6, 1.4, 0.05, 0.4, 0.3, 0.1, 0.05, 0.002),
)  # fmt: skip
