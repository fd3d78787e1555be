/// What the demo shop sells: a category, its slug, and the things in it.
pub(super) const CATEGORIES: [(&str, &str, [&str; 5]); 20] = [
    ("Tea", "tea", ["Green Tea", "Black Tea", "Oolong", "White Tea", "Rooibos"]),
    ("Coffee", "coffee", ["Espresso Beans", "Filter Coffee", "Decaf", "Cold Brew", "Cascara"]),
    ("Mugs", "mugs", ["Mug", "Travel Cup", "Espresso Cup", "Tumbler", "Teacup"]),
    ("Kitchen", "kitchen", ["Kettle", "Pan", "Knife", "Cutting Board", "Whisk"]),
    ("Books", "books", ["Novel", "Cookbook", "Atlas", "Field Guide", "Short Stories"]),
    ("Stationery", "stationery", ["Notebook", "Fountain Pen", "Pencil Set", "Planner", "Ink"]),
    ("Bags", "bags", ["Backpack", "Tote Bag", "Messenger Bag", "Duffel", "Pouch"]),
    ("Lighting", "lighting", ["Desk Lamp", "Floor Lamp", "Lantern", "Pendant", "Night Light"]),
    ("Textiles", "textiles", ["Blanket", "Towel", "Linen Sheet", "Cushion", "Apron"]),
    ("Garden", "garden", ["Planter", "Trowel", "Watering Can", "Seed Set", "Pruner"]),
    ("Audio", "audio", ["Headphones", "Speaker", "Turntable", "Earbuds", "Microphone"]),
    ("Toys", "toys", ["Puzzle", "Wooden Train", "Kite", "Board Game", "Spinning Top"]),
    ("Sport", "sport", ["Yoga Mat", "Jump Rope", "Dumbbell", "Bottle", "Resistance Band"]),
    ("Bicycle", "bicycle", ["Bell", "Saddle", "Bike Light", "Lock", "Pannier"]),
    ("Travel", "travel", ["Suitcase", "Neck Pillow", "Packing Cube", "Adapter", "Eye Mask"]),
    ("Care", "care", ["Soap", "Shampoo Bar", "Hand Cream", "Lip Balm", "Comb"]),
    ("Candles", "candles", ["Candle", "Incense", "Diffuser", "Wax Melt", "Tealight Set"]),
    ("Pets", "pets", ["Dog Collar", "Cat Toy", "Feeding Bowl", "Pet Bed", "Leash"]),
    ("Tools", "tools", ["Hammer", "Screwdriver", "Tape Measure", "Spirit Level", "Pliers"]),
    ("Prints", "prints", ["Poster", "Postcard Set", "Wall Calendar", "Map", "Photo Print"]),
];

/// What sets one thing apart from another.
pub(super) const QUALITIES: [&str; 12] = [
    "Classic", "Small", "Large", "Travel", "Everyday", "Northern", "Studio", "Quiet", "Bright",
    "Rustic", "Modern", "Limited",
];
