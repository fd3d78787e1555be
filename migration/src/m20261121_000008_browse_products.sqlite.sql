-- The words are made by this program: nothing but spaces may part them.
CREATE VIRTUAL TABLE product_words USING fts5 (
    words, content = 'product_texts', content_rowid = 'number', detail = 'none', columnsize = 0,
    tokenize = 'ascii'
);
CREATE TRIGGER product_texts_added AFTER INSERT ON product_texts BEGIN
    INSERT INTO product_words (rowid, words) VALUES (new.number, new.words);
END;
CREATE TRIGGER product_texts_gone AFTER DELETE ON product_texts BEGIN
    INSERT INTO product_words (product_words, rowid, words)
        VALUES ('delete', old.number, old.words);
END;
CREATE TRIGGER product_texts_changed AFTER UPDATE ON product_texts BEGIN
    INSERT INTO product_words (product_words, rowid, words)
        VALUES ('delete', old.number, old.words);
    INSERT INTO product_words (rowid, words) VALUES (new.number, new.words);
END;
