-- Names are searched by themselves, so that the index knows how well a product fits.
DROP TRIGGER product_texts_added;
DROP TRIGGER product_texts_gone;
DROP TRIGGER product_texts_changed;
DROP TABLE product_words;

-- The words are made by this program: nothing but spaces may part them.
CREATE VIRTUAL TABLE product_words USING fts5 (
    name_words, words, content = 'product_texts', content_rowid = 'number', detail = 'column',
    columnsize = 0, tokenize = 'ascii'
);
INSERT INTO product_words (product_words) VALUES ('rebuild');

CREATE TRIGGER product_texts_added AFTER INSERT ON product_texts BEGIN
    INSERT INTO product_words (rowid, name_words, words)
        VALUES (new.number, new.name_words, new.words);
END;
CREATE TRIGGER product_texts_gone AFTER DELETE ON product_texts BEGIN
    INSERT INTO product_words (product_words, rowid, name_words, words)
        VALUES ('delete', old.number, old.name_words, old.words);
END;
CREATE TRIGGER product_texts_changed AFTER UPDATE ON product_texts BEGIN
    INSERT INTO product_words (product_words, rowid, name_words, words)
        VALUES ('delete', old.number, old.name_words, old.words);
    INSERT INTO product_words (rowid, name_words, words)
        VALUES (new.number, new.name_words, new.words);
END;
