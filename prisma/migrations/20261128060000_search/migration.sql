-- Searches for customers, by index. Row-level security lets only leakproof operators be index conditions of a statement, and
-- neither ILIKE nor @> is one; the conditions of a policy itself are. So a search reads a table of the schema `search`, a
-- parent of the table it is named after without rows of its own, whose policy asks for the shop and for the search
-- (docs/decisions/0046-lookups-read-parents.md).

-- The pairs and triples of letters in a text, each as a number that also stands for the shop.
CREATE FUNCTION app_grams(merchant_id uuid, words text) RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$
    SELECT coalesce(array_agg(DISTINCT hashtextextended(merchant_id::text || substr(lower(words), place, size), 0)), '{}')
    FROM generate_series(2, 3) size CROSS JOIN LATERAL generate_series(1, length(words) - size + 1) place
  $$;

-- Those that a text must have that contains the words: pairs for two letters, triples for more.
CREATE FUNCTION app_grams_of_search(words text) RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE
  AS $$
    SELECT array_agg(DISTINCT hashtextextended(app_merchant_id()::text || substr(lower(words), place, size), 0))
    FROM least(length(words), 3) size CROSS JOIN LATERAL generate_series(1, length(words) - size + 1) place WHERE size > 1
  $$;

-- The search under way; null, and so no rows, when there is none.
CREATE FUNCTION app_search() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('app.search', true), '')::bigint[] $$;

CREATE INDEX "customer_search" ON "customer" USING gin (app_grams(merchant_id, name || ' ' || coalesce(username, '')))
  WITH (fastupdate = off);
CREATE INDEX "customer_identity_search" ON "customer_identity" USING gin (app_grams(merchant_id, value))
  WITH (fastupdate = off) WHERE kind = 'PHONE';

CREATE SCHEMA search;
CREATE TABLE search."customer" AS SELECT id, merchant_id, name, username FROM public."customer" WITH NO DATA;
CREATE TABLE search."customer_identity" AS SELECT merchant_id, customer_id, kind, value FROM public."customer_identity" WITH NO DATA;
ALTER TABLE public."customer" INHERIT search."customer";
ALTER TABLE public."customer_identity" INHERIT search."customer_identity";

-- The comparison with the shop is no condition of an index here (IS TRUE), or the plan made for a small shop would read all
-- customers of a large one; the grams stand for the shop as well.
ALTER TABLE search."customer" ENABLE ROW LEVEL SECURITY;
ALTER TABLE search."customer" FORCE ROW LEVEL SECURITY;
CREATE POLICY search ON search."customer" FOR SELECT
  USING ((merchant_id = app_merchant_id()) IS TRUE AND app_grams(merchant_id, name || ' ' || coalesce(username, '')) @> app_search());
ALTER TABLE search."customer_identity" ENABLE ROW LEVEL SECURITY;
ALTER TABLE search."customer_identity" FORCE ROW LEVEL SECURITY;
CREATE POLICY search ON search."customer_identity" FOR SELECT
  USING ((merchant_id = app_merchant_id()) IS TRUE AND app_grams(merchant_id, value) @> app_search() AND kind = 'PHONE');

-- Customers of the shop whose name or user name contains the words, or whose phone contains the digits, at most `at_most` of each.
-- Words of one letter find nothing.
CREATE FUNCTION search_customers(words text, digits text, at_most int) RETURNS TABLE (customer_id uuid)
  LANGUAGE plpgsql
  SET enable_seqscan = off
  AS $$
  #variable_conflict use_column
  DECLARE
    pattern text := '%' || regexp_replace(words, '([\\%_])', '\\\1', 'g') || '%';
  BEGIN
    PERFORM set_config('app.search', coalesce(app_grams_of_search(words)::text, ''), true);
    RETURN QUERY SELECT c.id FROM search."customer" c WHERE c.name ILIKE pattern OR c.username ILIKE pattern LIMIT at_most;
    IF digits IS NOT NULL THEN
      PERFORM set_config('app.search', coalesce(app_grams_of_search(digits)::text, ''), true);
      RETURN QUERY SELECT i.customer_id FROM search."customer_identity" i WHERE i.value LIKE '%' || digits || '%' LIMIT at_most;
    END IF;
    PERFORM set_config('app.search', '', true);
  END $$;
