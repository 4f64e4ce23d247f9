-- CreateEnum
CREATE TYPE "restore_decision" AS ENUM ('SEND', 'DISCARD');

-- AlterTable
ALTER TABLE "event_counter" ADD COLUMN     "incarnation" TEXT NOT NULL DEFAULT '';

-- AlterTable
ALTER TABLE "event" ADD COLUMN     "incarnation" TEXT NOT NULL DEFAULT '';

-- CreateTable
CREATE TABLE "restore" (
    "merchant_id" UUID NOT NULL,
    "incarnation" TEXT NOT NULL,
    "after_sequence" BIGINT NOT NULL,
    "restored_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "decision" "restore_decision",
    "decided_at" TIMESTAMPTZ(3),

    CONSTRAINT "restore_pkey" PRIMARY KEY ("merchant_id","incarnation")
);

-- CreateTable
CREATE TABLE "database_home" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "identity" TEXT NOT NULL,

    CONSTRAINT "database_home_pkey" PRIMARY KEY ("id")
);

ALTER TABLE "restore" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "restore" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "restore" USING (merchant_id = app_merchant_id()) WITH CHECK (merchant_id = app_merchant_id());
CREATE POLICY lookup ON "restore" FOR SELECT USING (current_setting('app.lookup', true) = 'on');

-- What a restored backup held and nobody has decided about is left alone by everything that acts by itself.

CREATE OR REPLACE FUNCTION lookup_claimable_lanes(at_most int) RETURNS TABLE (merchant_id uuid, conversation_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY SELECT t.merchant_id, t.conversation_id FROM "bot_turn" t
    WHERE t.status = 'PENDING' AND (t.leased_until IS NULL OR t.leased_until < now())
      AND (t.claimable_at IS NULL OR t.claimable_at < now())
      AND NOT EXISTS (SELECT FROM "restore" r WHERE r.merchant_id = t.merchant_id AND r.decision IS NULL AND t.created_at <= r.restored_at)
      AND NOT EXISTS (
        SELECT 1 FROM "bot_turn" earlier
        WHERE earlier.conversation_id = t.conversation_id AND earlier.status = 'PENDING'
          AND (earlier.occurred_at, earlier.id) < (t.occurred_at, t.id)
          AND NOT EXISTS (
            SELECT FROM "restore" r
            WHERE r.merchant_id = earlier.merchant_id AND r.decision IS NULL AND earlier.created_at <= r.restored_at
          )
      )
    ORDER BY t.created_at LIMIT at_most;
    PERFORM set_config('app.lookup', '', true);
  END $$;

CREATE OR REPLACE FUNCTION lookup_unsent_messages(older_than interval, reconciled_after interval, at_most int)
  RETURNS TABLE (merchant_id uuid, message_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY SELECT m.merchant_id, m.id FROM "message" m
    WHERE m.status = 'QUEUED' AND m.created_at < now() - older_than
      AND (m.attempted_at IS NULL OR m.attempted_at < now() - reconciled_after)
      AND NOT EXISTS (SELECT FROM "restore" r WHERE r.merchant_id = m.merchant_id AND r.decision IS NULL AND m.created_at <= r.restored_at)
    ORDER BY m.created_at LIMIT at_most;
    PERFORM set_config('app.lookup', '', true);
  END $$;

CREATE OR REPLACE FUNCTION lookup_expired_reservations(at_most int) RETURNS TABLE (merchant_id uuid, order_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY SELECT DISTINCT s.merchant_id, s.order_id FROM "stock_reservation" s
    WHERE s.state = 'HELD' AND s.expires_at < now()
      AND NOT EXISTS (SELECT FROM "restore" r WHERE r.merchant_id = s.merchant_id AND r.decision IS NULL AND s.created_at <= r.restored_at)
    LIMIT at_most;
    PERFORM set_config('app.lookup', '', true);
  END $$;

CREATE OR REPLACE FUNCTION lookup_due_payments(ahead interval, at_most int) RETURNS TABLE (merchant_id uuid, payment_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY (
      SELECT p.merchant_id, p.id FROM "payment" p
      WHERE p.status IN ('CREATED', 'PENDING', 'FAILED') AND p.expires_at IS NOT NULL
        AND (p.expires_at < now() OR (p.reminded_at IS NULL AND p.status <> 'FAILED' AND p.expires_at < now() + ahead))
        AND NOT EXISTS (SELECT FROM "restore" r WHERE r.merchant_id = p.merchant_id AND r.decision IS NULL AND p.created_at <= r.restored_at)
      ORDER BY p.expires_at LIMIT at_most
    ) UNION (
      SELECT p.merchant_id, p.id FROM "payment" p
      WHERE p.status = 'CREATED' AND p.created_at < now() - interval '10 seconds'
        AND NOT EXISTS (SELECT FROM "restore" r WHERE r.merchant_id = p.merchant_id AND r.decision IS NULL AND p.created_at <= r.restored_at)
      ORDER BY p.created_at LIMIT at_most
    );
    PERFORM set_config('app.lookup', '', true);
  END $$;

CREATE OR REPLACE FUNCTION lookup_due_deliveries(older_than interval, of_each int) RETURNS TABLE (merchant_id uuid, endpoint_id uuid, delivery_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY SELECT d.merchant_id, d.endpoint_id, d.id FROM "webhook_endpoint" e CROSS JOIN LATERAL (
      SELECT w.merchant_id, w.endpoint_id, w.id FROM "webhook_delivery" w
      WHERE w.endpoint_id = e.id AND w.next_attempt_at < now() - older_than AND (w.leased_until IS NULL OR w.leased_until < now())
        AND NOT EXISTS (
          SELECT FROM "restore" r WHERE r.merchant_id = w.merchant_id AND r.decision IS NULL
            AND coalesce(w.sequence <= r.after_sequence, w.created_at <= r.restored_at)
        )
      ORDER BY w.next_attempt_at, w.sequence LIMIT of_each
    ) d
    WHERE e.status = 'ENABLED' AND e.deleted_at IS NULL;
    PERFORM set_config('app.lookup', '', true);
  END $$;
