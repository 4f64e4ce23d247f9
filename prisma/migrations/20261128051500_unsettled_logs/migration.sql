-- The sweep of event logs asked every half second which logs hold events that were not relayed or dispatched, and joined the
-- rows of all shops for the answer. It now asks a partial index that only holds logs which may have work left.

-- Every log of an older version may have work left. The default fills the rows without writing them. A column of the table that
-- lookups read is a column of the table below it as well.
ALTER TABLE lookup."event_counter" ADD COLUMN "unsettled_since" TIMESTAMPTZ(6) DEFAULT now();
ALTER TABLE lookup."event_counter" ALTER COLUMN "unsettled_since" DROP DEFAULT;

DROP FUNCTION lookup_unrelayed();
DROP FUNCTION lookup_undispatched();
DROP FUNCTION lookup_due_deliveries(interval, int);

-- Shops whose log may hold events that were not relayed or dispatched, for longer than `older_than`.
CREATE FUNCTION lookup_unsettled(older_than interval) RETURNS TABLE (merchant_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY SELECT c.merchant_id FROM lookup."event_counter" c WHERE c.unsettled_since <= now() - older_than
    ORDER BY c.unsettled_since;
    PERFORM set_config('app.lookup', '', true);
  END $$;

-- Shops whose log holds events that were not relayed.
CREATE FUNCTION lookup_unrelayed() RETURNS TABLE (merchant_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY SELECT c.merchant_id FROM lookup."event_counter" c JOIN lookup."event_relay" r USING (merchant_id)
    WHERE c.unsettled_since IS NOT NULL AND r.relayed < c.last;
    PERFORM set_config('app.lookup', '', true);
  END $$;

-- Shops whose log holds events that an endpoint has no deliveries for, in a log unsettled for longer than `older_than`.
CREATE FUNCTION lookup_undispatched(older_than interval DEFAULT '0 s') RETURNS TABLE (merchant_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY SELECT c.merchant_id FROM lookup."event_counter" c WHERE c.unsettled_since <= now() - older_than
      AND EXISTS (
        SELECT FROM lookup."webhook_endpoint" e
        WHERE e.merchant_id = c.merchant_id AND e.status = 'ENABLED' AND e.deleted_at IS NULL AND e.cursor < c.last
      );
    PERFORM set_config('app.lookup', '', true);
  END $$;

-- Deliveries whose attempt is overdue, a few of each endpoint. Goes from endpoint to endpoint that has any pending delivery
-- in the index of pending ones, so endpoints without cost nothing.
CREATE FUNCTION lookup_due_deliveries(older_than interval, of_each int)
  RETURNS TABLE (merchant_id uuid, endpoint_id uuid, delivery_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY WITH RECURSIVE waiting AS (
      (SELECT w.endpoint_id FROM lookup."webhook_delivery" w WHERE w.next_attempt_at IS NOT NULL ORDER BY w.endpoint_id LIMIT 1)
      UNION ALL
      SELECT (
        SELECT w.endpoint_id FROM lookup."webhook_delivery" w
        WHERE w.next_attempt_at IS NOT NULL AND w.endpoint_id > waiting.endpoint_id ORDER BY w.endpoint_id LIMIT 1
      ) FROM waiting WHERE waiting.endpoint_id IS NOT NULL
    )
    SELECT d.merchant_id, d.endpoint_id, d.id FROM waiting JOIN lookup."webhook_endpoint" e ON e.id = waiting.endpoint_id
    CROSS JOIN LATERAL (
      SELECT w.merchant_id, w.endpoint_id, w.id FROM lookup."webhook_delivery" w
      WHERE w.endpoint_id = e.id AND w.next_attempt_at < now() - older_than AND (w.leased_until IS NULL OR w.leased_until < now())
        AND NOT EXISTS (
          SELECT FROM lookup."restore" r WHERE r.merchant_id = w.merchant_id AND r.decision IS NULL
            AND coalesce(w.sequence <= r.after_sequence, w.created_at <= r.restored_at)
        )
      ORDER BY w.next_attempt_at, w.sequence LIMIT of_each
    ) d
    WHERE e.status = 'ENABLED' AND e.deleted_at IS NULL;
    PERFORM set_config('app.lookup', '', true);
  END $$;

-- Shops that were last told something else about the bot.
CREATE OR REPLACE FUNCTION lookup_merchants_told_otherwise(online boolean) RETURNS TABLE (merchant_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY SELECT m.id FROM lookup."merchant" m WHERE m.bot_online = (NOT lookup_merchants_told_otherwise.online);
    PERFORM set_config('app.lookup', '', true);
  END $$;

CREATE INDEX "event_counter_unsettled" ON "event_counter" ("unsettled_since") WHERE "unsettled_since" IS NOT NULL;
CREATE INDEX "merchant_bot_online_idx" ON "merchant" ("bot_online");

-- An event makes its log unsettled, whoever writes it. While it is, further events leave the column and its index alone.
CREATE FUNCTION unsettle_log() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
  BEGIN
    NEW.unsettled_since := clock_timestamp();
    RETURN NEW;
  END $$;
CREATE TRIGGER unsettle BEFORE INSERT OR UPDATE OF "last" ON "event_counter"
  FOR EACH ROW WHEN (NEW.last > 0 AND NEW.unsettled_since IS NULL) EXECUTE FUNCTION unsettle_log();

-- So does an endpoint that has events to read again: after a replay, or when it is enabled.
CREATE FUNCTION unsettle_log_of_endpoint() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
  BEGIN
    UPDATE "event_counter" SET unsettled_since = clock_timestamp() WHERE merchant_id = NEW.merchant_id;
    RETURN NULL;
  END $$;
CREATE TRIGGER unsettle AFTER UPDATE OF "cursor", "status" ON "webhook_endpoint"
  FOR EACH ROW WHEN (NEW.cursor < OLD.cursor OR (NEW.status = 'ENABLED' AND OLD.status <> 'ENABLED'))
  EXECUTE FUNCTION unsettle_log_of_endpoint();
CREATE TRIGGER unsettle_new AFTER INSERT ON "webhook_endpoint"
  FOR EACH ROW WHEN (NEW.status = 'ENABLED') EXECUTE FUNCTION unsettle_log_of_endpoint();

-- The worker that sweeps, in one row.
CREATE TABLE "sweep_lease" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "holder" UUID,
    "until" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sweep_lease_pkey" PRIMARY KEY ("id")
);
INSERT INTO "sweep_lease" DEFAULT VALUES;
