-- AlterTable
ALTER TABLE "bot_turn" ADD COLUMN     "claimable_at" TIMESTAMPTZ(3),
ADD COLUMN     "failures" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "lost_leases" INTEGER NOT NULL DEFAULT 0;

-- Lanes whose oldest unanswered message is free to be claimed, longest waiting first.
CREATE OR REPLACE FUNCTION lookup_claimable_lanes(at_most int) RETURNS TABLE (merchant_id uuid, conversation_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY SELECT t.merchant_id, t.conversation_id FROM "bot_turn" t
    WHERE t.status = 'PENDING' AND (t.leased_until IS NULL OR t.leased_until < now())
      AND (t.claimable_at IS NULL OR t.claimable_at < now())
      AND NOT EXISTS (
        SELECT 1 FROM "bot_turn" earlier
        WHERE earlier.conversation_id = t.conversation_id AND earlier.status = 'PENDING'
          AND (earlier.occurred_at, earlier.id) < (t.occurred_at, t.id)
      )
    ORDER BY t.created_at LIMIT at_most;
    PERFORM set_config('app.lookup', '', true);
  END $$;
