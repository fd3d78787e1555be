-- Words of the name are in the index a second time, behind a sign that no word has, so that the
-- index knows how well a product fits.
ALTER TABLE product_texts DROP COLUMN document;
ALTER TABLE product_texts ADD COLUMN document tsvector NOT NULL GENERATED ALWAYS AS (array_to_tsvector(
    string_to_array(btrim(words), ' ')
    || string_to_array('/' || replace(btrim(name_words), ' ', ' /'), ' ')
)) STORED;
-- A short list of what is not in the index yet: whoever searches has to read all of it.
CREATE INDEX gx_product_texts_document ON product_texts USING gin (document)
    WITH (gin_pending_list_limit = 256);
