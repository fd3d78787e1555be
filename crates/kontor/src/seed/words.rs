/// A thing, as it is called in English and in Russian.
pub(super) type Thing = (&'static str, &'static str);

/// What the demo shop sells: a category, its slug, and the things in it.
pub(super) const CATEGORIES: [(&str, &str, [Thing; 5]); 20] = [
    (
        "Tea",
        "tea",
        [
            ("Green Tea", "Зелёный чай"),
            ("Black Tea", "Чёрный чай"),
            ("Oolong", "Улун"),
            ("White Tea", "Белый чай"),
            ("Rooibos", "Ройбуш"),
        ],
    ),
    (
        "Coffee",
        "coffee",
        [
            ("Espresso Beans", "Кофе в зёрнах"),
            ("Filter Coffee", "Молотый кофе"),
            ("Decaf", "Кофе без кофеина"),
            ("Cold Brew", "Холодный кофе"),
            ("Cascara", "Каскара"),
        ],
    ),
    (
        "Mugs",
        "mugs",
        [
            ("Mug", "Кружка"),
            ("Travel Cup", "Термокружка"),
            ("Espresso Cup", "Чашка для эспрессо"),
            ("Tumbler", "Стакан"),
            ("Teacup", "Чайная чашка"),
        ],
    ),
    (
        "Kitchen",
        "kitchen",
        [
            ("Kettle", "Чайник"),
            ("Pan", "Сковорода"),
            ("Knife", "Нож"),
            ("Cutting Board", "Разделочная доска"),
            ("Whisk", "Венчик"),
        ],
    ),
    (
        "Books",
        "books",
        [
            ("Novel", "Роман"),
            ("Cookbook", "Кулинарная книга"),
            ("Atlas", "Атлас"),
            ("Field Guide", "Определитель растений"),
            ("Short Stories", "Сборник рассказов"),
        ],
    ),
    (
        "Stationery",
        "stationery",
        [
            ("Notebook", "Блокнот"),
            ("Fountain Pen", "Перьевая ручка"),
            ("Pencil Set", "Набор карандашей"),
            ("Planner", "Ежедневник"),
            ("Ink", "Чернила"),
        ],
    ),
    (
        "Bags",
        "bags",
        [
            ("Backpack", "Рюкзак"),
            ("Tote Bag", "Сумка шопер"),
            ("Messenger Bag", "Сумка почтальона"),
            ("Duffel", "Дорожная сумка"),
            ("Pouch", "Косметичка"),
        ],
    ),
    (
        "Lighting",
        "lighting",
        [
            ("Desk Lamp", "Настольная лампа"),
            ("Floor Lamp", "Торшер"),
            ("Lantern", "Фонарь"),
            ("Pendant", "Подвесной светильник"),
            ("Night Light", "Ночник"),
        ],
    ),
    (
        "Textiles",
        "textiles",
        [
            ("Blanket", "Плед"),
            ("Towel", "Полотенце"),
            ("Linen Sheet", "Льняная простыня"),
            ("Cushion", "Подушка"),
            ("Apron", "Фартук"),
        ],
    ),
    (
        "Garden",
        "garden",
        [
            ("Planter", "Кашпо"),
            ("Trowel", "Садовый совок"),
            ("Watering Can", "Лейка"),
            ("Seed Set", "Набор семян"),
            ("Pruner", "Секатор"),
        ],
    ),
    (
        "Audio",
        "audio",
        [
            ("Headphones", "Наушники"),
            ("Speaker", "Колонка"),
            ("Turntable", "Проигрыватель пластинок"),
            ("Earbuds", "Беспроводные наушники"),
            ("Microphone", "Микрофон"),
        ],
    ),
    (
        "Toys",
        "toys",
        [
            ("Puzzle", "Головоломка"),
            ("Wooden Train", "Деревянный поезд"),
            ("Kite", "Воздушный змей"),
            ("Board Game", "Настольная игра"),
            ("Spinning Top", "Волчок"),
        ],
    ),
    (
        "Sport",
        "sport",
        [
            ("Yoga Mat", "Коврик для йоги"),
            ("Jump Rope", "Скакалка"),
            ("Dumbbell", "Гантель"),
            ("Bottle", "Бутылка для воды"),
            ("Resistance Band", "Эспандер"),
        ],
    ),
    (
        "Bicycle",
        "bicycle",
        [
            ("Bell", "Звонок"),
            ("Saddle", "Седло"),
            ("Bike Light", "Велосипедный фонарь"),
            ("Lock", "Замок"),
            ("Pannier", "Велосумка"),
        ],
    ),
    (
        "Travel",
        "travel",
        [
            ("Suitcase", "Чемодан"),
            ("Neck Pillow", "Подушка для шеи"),
            ("Packing Cube", "Органайзер для вещей"),
            ("Adapter", "Переходник"),
            ("Eye Mask", "Маска для сна"),
        ],
    ),
    (
        "Care",
        "care",
        [
            ("Soap", "Мыло"),
            ("Shampoo Bar", "Твёрдый шампунь"),
            ("Hand Cream", "Крем для рук"),
            ("Lip Balm", "Бальзам для губ"),
            ("Comb", "Расчёска"),
        ],
    ),
    (
        "Candles",
        "candles",
        [
            ("Candle", "Свеча"),
            ("Incense", "Благовония"),
            ("Diffuser", "Аромадиффузор"),
            ("Wax Melt", "Ароматический воск"),
            ("Tealight Set", "Набор чайных свечей"),
        ],
    ),
    (
        "Pets",
        "pets",
        [
            ("Dog Collar", "Ошейник"),
            ("Cat Toy", "Игрушка для кошки"),
            ("Feeding Bowl", "Миска"),
            ("Pet Bed", "Лежанка"),
            ("Leash", "Поводок"),
        ],
    ),
    (
        "Tools",
        "tools",
        [
            ("Hammer", "Молоток"),
            ("Screwdriver", "Отвёртка"),
            ("Tape Measure", "Рулетка"),
            ("Spirit Level", "Строительный уровень"),
            ("Pliers", "Плоскогубцы"),
        ],
    ),
    (
        "Prints",
        "prints",
        [
            ("Poster", "Постер"),
            ("Postcard Set", "Набор открыток"),
            ("Wall Calendar", "Настенный календарь"),
            ("Map", "Карта мира"),
            ("Photo Print", "Фотопечать"),
        ],
    ),
];

/// What sets one thing apart from another.
pub(super) const QUALITIES: [Thing; 12] = [
    ("Classic", "классика"),
    ("Small", "маленького размера"),
    ("Large", "большого размера"),
    ("Travel", "для поездок"),
    ("Everyday", "на каждый день"),
    ("Northern", "в северном стиле"),
    ("Studio", "из мастерской"),
    ("Quiet", "спокойных оттенков"),
    ("Bright", "ярких оттенков"),
    ("Rustic", "в деревенском стиле"),
    ("Modern", "современного вида"),
    ("Limited", "из малой партии"),
];

/// What is told about a thing.
pub(super) const DETAILS: [Thing; 16] = [
    ("made by hand", "ручная работа"),
    ("packed in recycled paper", "в упаковке из переработанной бумаги"),
    ("comes with a two year warranty", "гарантия два года"),
    ("a favourite of our regulars", "любимец постоянных покупателей"),
    ("a good present", "хороший подарок"),
    ("ships within a day", "отправим за один день"),
    ("designed in the north", "придумано на севере"),
    ("a limited run", "малый тираж"),
    ("easy to clean", "легко чистить"),
    ("light and durable", "лёгкий и прочный материал"),
    ("for the home and the office", "для дома и офиса"),
    ("chosen by our editors", "выбор редакции"),
    ("part of a series", "часть серии"),
    ("with a free gift card", "с открыткой в подарок"),
    ("from a family workshop", "из семейной мастерской"),
    ("new this season", "новинка сезона"),
];
