-- CreateEnum
CREATE TYPE "message_purpose" AS ENUM ('REPLY', 'RECEIPT', 'ORDER_NOTICE', 'SHOP_NOTICE', 'TEMPLATE');

-- AlterEnum
ALTER TYPE "message_status" ADD VALUE 'UNKNOWN';

-- AlterTable
ALTER TABLE "message" ADD COLUMN     "presumed" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "purpose" "message_purpose" NOT NULL DEFAULT 'REPLY',
ADD COLUMN     "unanswered" INTEGER NOT NULL DEFAULT 0;

-- Queued messages older than a moment ago whose job was lost, or is only slow. One whose last try has no answer is left
-- alone until its reconciliation is over.
DROP FUNCTION lookup_unsent_messages(interval, int);
CREATE FUNCTION lookup_unsent_messages(older_than interval, reconciled_after interval, at_most int)
  RETURNS TABLE (merchant_id uuid, message_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY SELECT m.merchant_id, m.id FROM "message" m
    WHERE m.status = 'QUEUED' AND m.created_at < now() - older_than
      AND (m.attempted_at IS NULL OR m.attempted_at < now() - reconciled_after) ORDER BY m.created_at LIMIT at_most;
    PERFORM set_config('app.lookup', '', true);
  END $$;
