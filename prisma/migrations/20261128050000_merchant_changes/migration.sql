-- The last change of each merchant's rights or settings. Processes that cache them look here for what has changed.
-- It belongs to the installation: it names merchants and instants, and holds none of their data.
CREATE TABLE "merchant_change" (
    "merchant_id" UUID NOT NULL,
    "changed_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "merchant_change_pkey" PRIMARY KEY ("merchant_id")
);

CREATE INDEX "merchant_change_changed_at_idx" ON "merchant_change"("changed_at");

CREATE FUNCTION note_merchant_change() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
  DECLARE changed jsonb := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END);
  BEGIN
    INSERT INTO "merchant_change" (merchant_id, changed_at)
    VALUES ((changed ->> CASE WHEN TG_TABLE_NAME = 'merchant' THEN 'id' ELSE 'merchant_id' END)::uuid, clock_timestamp())
    ON CONFLICT (merchant_id) DO UPDATE SET changed_at = excluded.changed_at;
    RETURN NULL;
  END $$;

-- Deferred to the commit: the row's lock is the last that a transaction takes, so it can be part of no deadlock, and the
-- instant is close to that of the commit. New rows need no notice, since nothing that does not exist is cached.
-- A migration that updates one of these tables and then alters it says SET CONSTRAINTS ALL IMMEDIATE in between.
CREATE CONSTRAINT TRIGGER note_change AFTER UPDATE ON "merchant"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION note_merchant_change();

CREATE CONSTRAINT TRIGGER note_change
  AFTER DELETE OR UPDATE OF "name", "scopes", "secret_hash", "previous_secret_hash", "previous_secret_expires_at", "expires_at", "revoked_at"
  ON "api_key" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_merchant_change();

CREATE CONSTRAINT TRIGGER note_change AFTER DELETE OR UPDATE ON "membership"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_merchant_change();

-- Ended sessions are deleted in numbers, and nobody caches them.
CREATE CONSTRAINT TRIGGER note_change AFTER UPDATE OF "revoked_at", "expires_at" ON "staff_session"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_merchant_change();

CREATE CONSTRAINT TRIGGER note_deletion AFTER DELETE ON "staff_session"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD."revoked_at" IS NULL AND OLD."expires_at" > now())
  EXECUTE FUNCTION note_merchant_change();
