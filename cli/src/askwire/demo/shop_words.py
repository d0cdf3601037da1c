"""Names, places and goods of the demo shop: invented companies and products, real cities, common names of people."""

from __future__ import annotations

import dataclasses

__all__ = [
    "BRANDS",
    "CARRIERS",
    "CATEGORIES",
    "COUNTRIES",
    "FIRST_NAMES",
    "LAST_NAMES",
    "PAYMENT_METHODS",
    "RETURN_REASONS",
    "SUPPLIER_ENDINGS",
    "SUPPLIER_NAMES",
    "Carrier",
    "Category",
    "Country",
]


@dataclasses.dataclass(frozen=True, slots=True)
class Country:
    """A country with its share of the customers and the days that a parcel takes."""

    code: str
    name: str
    region: str
    weight: int
    days: int
    cities: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Category:
    """A category with its goods: (name, price in euros, weight in kilograms)."""

    name: str
    description: str
    popularity: float
    return_rate: float
    # how much more or less is sold, January to December
    season: tuple[float, ...]
    goods: tuple[tuple[str, float, float], ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Carrier:
    """A company that carries parcels; ``delay_days`` is added to the country's days."""

    name: str
    weight: int
    delay_days: float
    base_cost: float


COUNTRIES = (
    Country("DE", "Germany", "Europe", 22, 2, ("Berlin", "Hamburg", "Munich", "Cologne", "Leipzig", "Stuttgart")),
    Country("FR", "France", "Europe", 14, 3, ("Paris", "Lyon", "Marseille", "Toulouse", "Nantes", "Lille")),
    Country("GB", "United Kingdom", "Europe", 13, 3, ("London", "Manchester", "Leeds", "Bristol", "Glasgow")),
    Country("US", "United States", "North America", 12, 6, ("New York", "Chicago", "Seattle", "Austin", "Boston")),
    Country("NL", "Netherlands", "Europe", 8, 2, ("Amsterdam", "Rotterdam", "Utrecht", "Eindhoven")),
    Country("ES", "Spain", "Europe", 7, 4, ("Madrid", "Barcelona", "Valencia", "Seville", "Bilbao")),
    Country("IT", "Italy", "Europe", 7, 4, ("Rome", "Milan", "Turin", "Naples", "Bologna")),
    Country("AT", "Austria", "Europe", 4, 2, ("Vienna", "Graz", "Linz", "Salzburg")),
    Country("PL", "Poland", "Europe", 4, 3, ("Warsaw", "Krakow", "Gdansk", "Wroclaw")),
    Country("SE", "Sweden", "Europe", 3, 4, ("Stockholm", "Gothenburg", "Malmo", "Uppsala")),
    Country("CA", "Canada", "North America", 3, 7, ("Toronto", "Vancouver", "Montreal", "Ottawa")),
    Country("JP", "Japan", "Asia Pacific", 2, 8, ("Tokyo", "Osaka", "Kyoto", "Sapporo")),
    Country("AU", "Australia", "Asia Pacific", 2, 9, ("Sydney", "Melbourne", "Brisbane", "Perth")),
    Country("BR", "Brazil", "South America", 1, 10, ("Sao Paulo", "Rio de Janeiro", "Curitiba")),
)

_FLAT = (0.95, 0.9, 0.95, 0.95, 0.95, 0.95, 0.9, 0.95, 1.0, 1.0, 1.15, 1.3)
_GIFTS = (0.7, 0.75, 0.8, 0.85, 0.85, 0.85, 0.8, 0.85, 0.95, 1.1, 1.7, 2.3)
_SUMMER = (0.35, 0.5, 1.0, 1.6, 1.9, 1.8, 1.5, 1.2, 0.9, 0.6, 0.4, 0.35)
_SPORT = (1.3, 1.0, 1.05, 1.15, 1.2, 1.15, 1.05, 0.95, 0.9, 0.8, 0.9, 1.1)
_SCHOOL = (1.1, 0.9, 0.9, 0.9, 0.9, 0.8, 0.9, 1.5, 1.4, 1.0, 0.9, 0.85)

CATEGORIES = (
    Category(
        "Electronics",
        "Sound, pictures and small devices",
        1.5,
        0.08,
        _GIFTS,
        (
            ("Wireless Headphones", 129, 0.3),
            ("Bluetooth Speaker", 79, 0.8),
            ("Smart Watch", 199, 0.1),
            ("Action Camera", 249, 0.2),
            ("E-Book Reader", 119, 0.2),
            ("Portable Charger", 34, 0.3),
            ("Clock Radio", 45, 0.6),
            ("Video Projector", 449, 2.4),
        ),
    ),
    Category(
        "Computers",
        "Computers and what is plugged into them",
        1.1,
        0.07,
        _FLAT,
        (
            ("Laptop Stand", 39, 1.1),
            ("Mechanical Keyboard", 99, 1.0),
            ("Wireless Mouse", 29, 0.1),
            ("27 Inch Monitor", 279, 5.6),
            ("Webcam", 69, 0.2),
            ("USB Hub", 25, 0.1),
            ("External Drive", 89, 0.2),
        ),
    ),
    Category(
        "Kitchen",
        "Cooking, baking and coffee",
        1.3,
        0.05,
        _GIFTS,
        (
            ("Espresso Machine", 329, 6.2),
            ("Chef's Knife", 65, 0.3),
            ("Cast Iron Pan", 49, 2.8),
            ("Kettle", 39, 1.2),
            ("Hand Blender", 55, 1.0),
            ("Baking Tray", 19, 0.9),
            ("Coffee Grinder", 75, 1.5),
            ("Toaster", 45, 1.6),
        ),
    ),
    Category(
        "Furniture",
        "Tables, chairs and shelves",
        0.6,
        0.06,
        _FLAT,
        (
            ("Office Chair", 219, 14.5),
            ("Desk Lamp", 49, 1.3),
            ("Bookshelf", 139, 22.0),
            ("Side Table", 79, 6.5),
            ("Floor Lamp", 89, 4.2),
            ("Bar Stool", 69, 5.1),
        ),
    ),
    Category(
        "Garden",
        "Plants, tools and outdoor living",
        0.9,
        0.04,
        _SUMMER,
        (
            ("Garden Hose", 35, 2.5),
            ("Pruning Shears", 24, 0.3),
            ("Plant Pot", 15, 1.2),
            ("Charcoal Grill", 149, 11.0),
            ("Hammock", 59, 1.9),
            ("Watering Can", 18, 0.7),
            ("Garden Bench", 129, 13.0),
        ),
    ),
    Category(
        "Sports",
        "Training, cycling and hiking",
        1.0,
        0.07,
        _SPORT,
        (
            ("Yoga Mat", 29, 1.4),
            ("Bicycle Helmet", 59, 0.4),
            ("Hiking Backpack", 89, 1.3),
            ("Dumbbell Set", 79, 12.0),
            ("Water Bottle", 19, 0.2),
            ("Tent", 179, 3.4),
            ("Sleeping Bag", 99, 1.5),
            ("Skipping Rope", 12, 0.2),
        ),
    ),
    Category(
        "Books",
        "Books of all kinds",
        1.4,
        0.02,
        _GIFTS,
        (
            ("Cookbook", 24, 0.9),
            ("Crime Novel", 12, 0.4),
            ("Travel Guide", 18, 0.4),
            ("Children's Atlas", 22, 0.8),
            ("Photo Book", 39, 1.3),
            ("History of Maps", 34, 1.1),
            ("Poetry Collection", 14, 0.3),
        ),
    ),
    Category(
        "Toys",
        "Toys and games",
        1.0,
        0.04,
        _GIFTS,
        (
            ("Building Blocks", 39, 1.2),
            ("Board Game", 34, 1.1),
            ("Jigsaw Puzzle", 17, 0.6),
            ("Toy Train", 49, 1.4),
            ("Plush Bear", 22, 0.4),
            ("Chess Set", 45, 1.5),
            ("Kite", 19, 0.3),
        ),
    ),
    Category(
        "Clothing",
        "Clothes for every season",
        1.4,
        0.15,
        _FLAT,
        (
            ("Rain Jacket", 99, 0.6),
            ("Wool Sweater", 79, 0.5),
            ("Cotton T-Shirt", 19, 0.2),
            ("Jeans", 69, 0.7),
            ("Winter Coat", 179, 1.4),
            ("Scarf", 25, 0.2),
            ("Socks", 9, 0.1),
            ("Linen Shirt", 55, 0.3),
        ),
    ),
    Category(
        "Shoes",
        "Shoes and boots",
        0.8,
        0.17,
        _SPORT,
        (
            ("Running Shoes", 109, 0.7),
            ("Hiking Boots", 139, 1.3),
            ("Sandals", 45, 0.5),
            ("Sneakers", 79, 0.8),
            ("Rubber Boots", 39, 1.4),
        ),
    ),
    Category(
        "Beauty",
        "Care for skin and hair",
        0.9,
        0.02,
        _FLAT,
        (
            ("Face Cream", 25, 0.1),
            ("Shampoo", 9, 0.4),
            ("Hair Dryer", 59, 0.7),
            ("Electric Toothbrush", 79, 0.3),
            ("Sun Lotion", 14, 0.3),
            ("Hand Soap", 6, 0.4),
        ),
    ),
    Category(
        "Office Supplies",
        "Paper, pens and order on the desk",
        0.9,
        0.02,
        _SCHOOL,
        (
            ("Notebook", 8, 0.3),
            ("Fountain Pen", 39, 0.1),
            ("Printer Paper", 7, 2.5),
            ("Desk Organizer", 22, 0.8),
            ("Whiteboard", 59, 3.8),
            ("Calendar", 15, 0.4),
        ),
    ),
)

BRANDS = (
    "Alder",
    "Brightwell",
    "Corvo",
    "Dunmore",
    "Everly",
    "Fjordline",
    "Granby",
    "Halden",
    "Ilexa",
    "Juniper & Sons",
    "Kestrel",
    "Lumina",
    "Marlow",
    "Nordlys",
    "Oakridge",
    "Pinnacle",
)

SUPPLIER_NAMES = (
    "Hanse",
    "Rhone Valley",
    "Tamar",
    "Great Lakes",
    "Polder",
    "Ebro",
    "Po Valley",
    "Danube",
    "Vistula",
    "Malar",
    "Laurentian",
    "Kanto",
    "Murray",
    "Parana",
    "Baltic",
    "Cascade",
)
SUPPLIER_ENDINGS = ("Trading", "Wholesale", "Imports", "Manufacturing")

CARRIERS = (
    Carrier("Swift Parcel", 42, 0.0, 3.9),
    Carrier("Blue Arrow", 28, 0.8, 3.2),
    Carrier("Continental Post", 22, 1.7, 2.6),
    Carrier("Night Owl Express", 8, -0.8, 8.5),
)

PAYMENT_METHODS = ("credit card", "bank transfer", "invoice", "wallet", "gift card")

RETURN_REASONS = ("did not fit", "damaged", "wrong item", "changed mind", "not as described", "arrived late")

_FIRST_NAMES = """
Adam Agnes Alice Amelie Andrea Anna Antonio Astrid Ben Camille Carla Carlos Charlotte Clara Daniel David Diego Elena
Ella Emil Emily Emma Erik Eva Felix Finn Florian Francesca Freya George Giulia Grace Hana Hannah Harry Hugo Ida Ines
Isabel Jack Jakob James Jan Johanna Jonas Julia Kenji Lara Laura Lea Leo Liam Lina Louis Lucas Lucia Luisa Magda Marco
Maria Marie Martin Mateo Max Mia Michael Mila Nina Noah Nora Oliver Olivia Oscar Pablo Paul Petra Pierre Rachel Robert
Rosa Ruth Samuel Sara Sofia Sophie Stefan Susan Theo Thomas Tom Valentina Yuki Zoe
"""
FIRST_NAMES = tuple(_FIRST_NAMES.split())

_LAST_NAMES = """
Adams Almeida Andersson Bakker Barbieri Baumann Becker Bell Berg Bernard Bianchi Blanc Brown Bruno Carter Castro Clark
Colombo Conti Cooper Costa Cruz Davies Dekker Diaz Dubois Dupont Eriksson Evans Ferrari Fischer Fontaine Foster
Fournier Fuchs Garcia Girard Gomez Gray Green Gruber Hall Hansen Harris Hoffmann Hughes Ito Jackson Janssen Johansson
Jones Kaiser Keller King Klein Kowalski Kruger Lambert Lang Larsson Laurent Lefebvre Lewis Lindberg Lopez Martinez
Mayer Meyer Moreau Moreno Morgan Moretti Muller Murphy Nakamura Navarro Nguyen Novak Nowak Olsson Ortega Parker
Pereira Peters Petit Pichler Price Ramos Ricci Richter Rivera Robinson Romano Rossi Roux Ruiz Santos Sato Schmidt
Schneider Silva Simon Smith Suzuki Tanaka Taylor Torres Turner Visser Vogel Wagner Walker Weber White Wilson Wojcik
Wolf Wood Wright Young Zimmermann
"""
LAST_NAMES = tuple(_LAST_NAMES.split())
