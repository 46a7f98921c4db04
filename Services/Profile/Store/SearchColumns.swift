/// What PostgreSQL searches profiles by: columns of ``Schema/profile`` that follow `name` and `traits` by themselves.
///
/// - `words`: the words of the name, without the accents of Latin letters, as SQLite's full-text index takes them apart.
/// - `facts`: the traits as PostgreSQL's own JSON; an empty list when something in them has no place there, such as a number with
///   hundreds of thousands of digits.
enum SearchColumns {
    /// Makes the columns with their indexes, and the functions that they are made by.
    ///
    /// The functions are understood when they are made, and not when they are called: a dump is restored where no schema is searched.
    static let postgreSQL = [
        plain, words, facts, number,
        "ALTER TABLE profile ADD COLUMN words tsvector GENERATED ALWAYS AS (kith_words(name)) STORED",
        "ALTER TABLE profile ADD COLUMN facts jsonb GENERATED ALWAYS AS (kith_facts(traits)) STORED",
        "CREATE INDEX profile_words ON profile USING gin (words)",
        "CREATE INDEX profile_unreadable ON profile (id) WHERE jsonb_typeof(facts) = 'array'",
    ]

    /// Finds the words of most names without taking them apart letter by letter, which costs a hundred times as much as the rest
    /// of a row.
    static let quickWords = [
        words.replacing("kith_words", with: "kith_split"),
        """
        CREATE OR REPLACE FUNCTION kith_words(name text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
            RETURN CASE WHEN name !~ '[^a-z0-9 ]' AND length(name) <= 500
                THEN array_to_tsvector(array_remove(string_to_array(name, ' '), '')) ELSE kith_split(name) END
        """,
    ]

    private static let accented = "[\\u00C0-\\u024F\\u0300-\\u036F\\u1E00-\\u1EFF]"

    /// A text without the accents of its Latin letters: a letter of another alphabet, such as “が”, is another one without.
    private static let plain = """
        CREATE OR REPLACE FUNCTION kith_plain(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
            RETURN CASE WHEN name !~ '\(accented)' THEN name ELSE (
                SELECT coalesce(string_agg(CASE WHEN letter !~ '\(accented)' THEN letter
                    ELSE regexp_replace(normalize(letter, NFD), '[\\u0300-\\u036F]', '', 'g') END, '' ORDER BY place), '')
                FROM regexp_split_to_table(name, '') WITH ORDINALITY AS letters (letter, place)) END
        """

    /// What is between words: ASCII's and the general punctuation, symbols, and what is the like in Chinese and Japanese texts.
    private static let between = """
        [\\u0001-\\u002F\\u003A-\\u0040\\u005B-\\u0060\\u007B-\\u00A9\\u00AB-\\u00B1\\u00B4\\u00B6-\\u00B8\\u00BB\\u00BF\
        \\u00D7\\u00F7\\u2000-\\u206F\\u20A0-\\u20CF\\u2190-\\u245F\\u2500-\\u2BFF\\u2E00-\\u2E7F\\u3000-\\u3004\
        \\u3008-\\u3020\\u3030\\u303D-\\u303F\\u30A0\\u30FB\\uFE10-\\uFE1F\\uFE30-\\uFE6F\\uFF01-\\uFF0F\\uFF1A-\\uFF20\
        \\uFF3B-\\uFF40\\uFF5B-\\uFF65\\uFFE0-\\uFFFD\\U0001F000-\\U0001FAFF]+
        """

    /// A lexeme cannot be long.
    private static let words = """
        CREATE OR REPLACE FUNCTION kith_words(name text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
            RETURN (SELECT array_to_tsvector(coalesce(array_agg(left(word, 500)), '{}'))
                FROM regexp_split_to_table(kith_plain(name), '\(between)') AS words (word) WHERE word <> '')
        """

    private static let facts = """
        CREATE OR REPLACE FUNCTION kith_facts(traits text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
            BEGIN
                RETURN traits::jsonb;
            EXCEPTION WHEN OTHERS THEN
                RETURN '[]';
            END
        $$
        """

    /// A number as SQLite reads it: exact if it is whole and has no more than 64 bits, otherwise of double precision; 1 and 0
    /// for true and false, and null for anything else.
    private static let number = """
        CREATE OR REPLACE FUNCTION kith_number(fact jsonb) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
            RETURN CASE jsonb_typeof(fact)
                WHEN 'boolean' THEN CASE WHEN fact = 'true' THEN 1 ELSE 0 END
                WHEN 'number' THEN CASE
                    WHEN scale(fact::numeric) = 0
                        AND fact::numeric BETWEEN -9223372036854775808 AND 9223372036854775807 THEN fact::numeric
                    WHEN fact::numeric >= 1.797693134862315808e308 THEN 'Infinity'
                    WHEN fact::numeric <= -1.797693134862315808e308 THEN '-Infinity'
                    WHEN abs(fact::numeric) <= 2.4703282292062328e-324 THEN 0
                    ELSE fact::numeric::float8::text::numeric END
                END
        """
}
