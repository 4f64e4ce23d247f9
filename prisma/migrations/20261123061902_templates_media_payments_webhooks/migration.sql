-- CreateEnum
CREATE TYPE "media_status" AS ENUM ('FETCHING', 'PROCESSING', 'READY', 'FAILED');

-- CreateEnum
CREATE TYPE "media_origin" AS ENUM ('UPLOAD', 'CUSTOMER');

-- CreateEnum
CREATE TYPE "media_visibility" AS ENUM ('PUBLIC', 'PRIVATE');

-- CreateEnum
CREATE TYPE "payment_status" AS ENUM ('CREATED', 'PENDING', 'PROOF_SUBMITTED', 'AUTHORIZED', 'CAPTURED', 'FAILED', 'EXPIRED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "ledger_kind" AS ENUM ('CAPTURE', 'REFUND');

-- CreateEnum
CREATE TYPE "sandbox_status" AS ENUM ('OPEN', 'SETTLING', 'PAID', 'DECLINED', 'CLOSED');

-- CreateEnum
CREATE TYPE "template_type" AS ENUM ('TEXT', 'BUTTONS', 'LIST', 'MEDIA');

-- CreateEnum
CREATE TYPE "template_approval" AS ENUM ('NOT_SUBMITTED', 'PENDING', 'APPROVED', 'REJECTED', 'PAUSED', 'DISABLED');

-- CreateEnum
CREATE TYPE "template_category" AS ENUM ('UTILITY', 'MARKETING');

-- CreateEnum
CREATE TYPE "webhook_endpoint_status" AS ENUM ('ENABLED', 'DISABLED', 'FAILED');

-- CreateEnum
CREATE TYPE "webhook_delivery_status" AS ENUM ('PENDING', 'SUCCEEDED', 'FAILED', 'CANCELLED');

-- AlterEnum
-- This migration adds more than one value to an enum.
-- With PostgreSQL versions 11 and earlier, this is not possible
-- in a single migration. This can be worked around by creating
-- multiple migrations, each migration adding only one value to
-- the enum.


ALTER TYPE "payment_method" ADD VALUE 'BANK_TRANSFER';
ALTER TYPE "payment_method" ADD VALUE 'ONLINE';

-- AlterTable
ALTER TABLE "api_key" ADD COLUMN     "created_by" TEXT NOT NULL DEFAULT 'SYSTEM',
ADD COLUMN     "previous_secret_expires_at" TIMESTAMPTZ(3),
ADD COLUMN     "previous_secret_hash" BYTEA;

-- AlterTable
ALTER TABLE "event_counter" ADD COLUMN     "readers" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "merchant" ADD COLUMN     "bank_details" TEXT,
ADD COLUMN     "payment_due_minutes" INTEGER NOT NULL DEFAULT 1440,
ADD COLUMN     "payment_methods" "payment_method"[] DEFAULT ARRAY['CASH_ON_DELIVERY']::"payment_method"[];

-- AlterTable
ALTER TABLE "message" ADD COLUMN     "template_id" UUID;

-- AlterTable
ALTER TABLE "product" ADD COLUMN     "media_id" UUID;

-- CreateTable
CREATE TABLE "media_asset" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "status" "media_status" NOT NULL,
    "origin" "media_origin" NOT NULL,
    "visibility" "media_visibility" NOT NULL,
    "file_name" TEXT NOT NULL DEFAULT '',
    "alt_text" TEXT NOT NULL DEFAULT '',
    "folder" TEXT NOT NULL,
    "original_key" TEXT,
    "content_type" TEXT,
    "bytes" INTEGER,
    "width" INTEGER,
    "height" INTEGER,
    "sha256" BYTEA,
    "placeholder" TEXT,
    "progress" INTEGER NOT NULL DEFAULT 0,
    "leased_until" TIMESTAMPTZ(3),
    "failure_code" TEXT,
    "failure" TEXT,
    "message_id" UUID,
    "meta_media_id" TEXT,
    "created_by" TEXT NOT NULL,
    "archived_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "processed_at" TIMESTAMPTZ(3),

    CONSTRAINT "media_asset_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "media_variant" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "asset_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "format" TEXT NOT NULL,
    "width" INTEGER NOT NULL,
    "height" INTEGER NOT NULL,
    "bytes" INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "media_variant_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "payment" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "method" "payment_method" NOT NULL,
    "provider" TEXT NOT NULL,
    "status" "payment_status" NOT NULL DEFAULT 'CREATED',
    "amount" BIGINT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "provider_ref" TEXT,
    "checkout_url" TEXT,
    "proof_media_id" UUID,
    "failure_reason" TEXT,
    "expires_at" TIMESTAMPTZ(3),
    "reminded_at" TIMESTAMPTZ(3),
    "captured_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "payment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ledger_entry" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "payment_id" UUID NOT NULL,
    "kind" "ledger_kind" NOT NULL,
    "amount" BIGINT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "reference" TEXT NOT NULL,
    "author" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ledger_entry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "payment_event" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "payment_id" UUID NOT NULL,
    "provider_event_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "payment_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sandbox_checkout" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "payment_id" UUID NOT NULL,
    "token" TEXT NOT NULL,
    "status" "sandbox_status" NOT NULL DEFAULT 'OPEN',
    "amount" BIGINT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "shop_name" TEXT NOT NULL,
    "order_number" INTEGER NOT NULL,
    "locale" TEXT NOT NULL,
    "return_url" TEXT,
    "expires_at" TIMESTAMPTZ(3),
    "settles_at" TIMESTAMPTZ(3),
    "announced_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sandbox_checkout_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "dead_job" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "queue" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "job_id" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "reason" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL,
    "request_id" TEXT,
    "failed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "retries" INTEGER NOT NULL DEFAULT 0,
    "retried_at" TIMESTAMPTZ(3),
    "succeeded_at" TIMESTAMPTZ(3),

    CONSTRAINT "dead_job_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "dead_job_count" (
    "queue" TEXT NOT NULL,
    "total" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "dead_job_count_pkey" PRIMARY KEY ("queue")
);

-- CreateTable
CREATE TABLE "invitation" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "role" "staff_role" NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "invited_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "accepted_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "invitation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "template" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "language" TEXT NOT NULL,
    "type" "template_type" NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "category" "template_category" NOT NULL DEFAULT 'UTILITY',
    "content" JSONB NOT NULL,
    "variables" JSONB NOT NULL DEFAULT '[]',
    "version" INTEGER NOT NULL DEFAULT 1,
    "archived_at" TIMESTAMPTZ(3),
    "approval" "template_approval" NOT NULL DEFAULT 'NOT_SUBMITTED',
    "meta_id" TEXT,
    "submitted_version" INTEGER,
    "approved_version" INTEGER,
    "rejection_reason" TEXT,
    "submitted_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "template_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "template_version" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "template_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "type" "template_type" NOT NULL,
    "content" JSONB NOT NULL,
    "variables" JSONB NOT NULL,
    "author" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "template_version_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_endpoint" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "url" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "event_types" TEXT[],
    "status" "webhook_endpoint_status" NOT NULL DEFAULT 'ENABLED',
    "status_reason" TEXT,
    "secret" BYTEA NOT NULL,
    "previous_secret" BYTEA,
    "previous_secret_expires_at" TIMESTAMPTZ(3),
    "cursor" BIGINT NOT NULL,
    "failing_since" TIMESTAMPTZ(3),
    "deleted_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "webhook_endpoint_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_delivery" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "endpoint_id" UUID NOT NULL,
    "sequence" BIGINT,
    "event_type" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "status" "webhook_delivery_status" NOT NULL DEFAULT 'PENDING',
    "attempt_count" INTEGER NOT NULL DEFAULT 0,
    "retry_from" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3),
    "leased_until" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhook_delivery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_attempt" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "delivery_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "duration_ms" INTEGER NOT NULL,
    "status_code" INTEGER,
    "error" TEXT,
    "response_body" TEXT,

    CONSTRAINT "webhook_attempt_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "media_asset_folder_key" ON "media_asset"("folder");

-- CreateIndex
CREATE UNIQUE INDEX "media_asset_message_id_key" ON "media_asset"("message_id");

-- CreateIndex
CREATE INDEX "media_asset_merchant_id_created_at_id_idx" ON "media_asset"("merchant_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "media_variant_asset_id_name_format_key" ON "media_variant"("asset_id", "name", "format");

-- CreateIndex
CREATE INDEX "payment_order_id_created_at_idx" ON "payment"("order_id", "created_at");

-- CreateIndex
CREATE INDEX "payment_merchant_id_created_at_id_idx" ON "payment"("merchant_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "payment_provider_provider_ref_key" ON "payment"("provider", "provider_ref");

-- CreateIndex
CREATE INDEX "ledger_entry_order_id_idx" ON "ledger_entry"("order_id");

-- CreateIndex
CREATE INDEX "ledger_entry_merchant_id_at_id_idx" ON "ledger_entry"("merchant_id", "at" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "ledger_entry_payment_id_kind_reference_key" ON "ledger_entry"("payment_id", "kind", "reference");

-- CreateIndex
CREATE UNIQUE INDEX "payment_event_payment_id_provider_event_id_key" ON "payment_event"("payment_id", "provider_event_id");

-- CreateIndex
CREATE UNIQUE INDEX "sandbox_checkout_payment_id_key" ON "sandbox_checkout"("payment_id");

-- CreateIndex
CREATE UNIQUE INDEX "sandbox_checkout_token_key" ON "sandbox_checkout"("token");

-- CreateIndex
CREATE INDEX "sandbox_checkout_merchant_id_created_at_idx" ON "sandbox_checkout"("merchant_id", "created_at");

-- CreateIndex
CREATE INDEX "dead_job_merchant_id_failed_at_id_idx" ON "dead_job"("merchant_id", "failed_at" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "dead_job_merchant_id_job_id_key" ON "dead_job"("merchant_id", "job_id");

-- CreateIndex
CREATE UNIQUE INDEX "invitation_token_hash_key" ON "invitation"("token_hash");

-- CreateIndex
CREATE INDEX "invitation_merchant_id_created_at_id_idx" ON "invitation"("merchant_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "template_merchant_id_updated_at_id_idx" ON "template"("merchant_id", "updated_at" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "template_merchant_id_name_language_key" ON "template"("merchant_id", "name", "language");

-- CreateIndex
CREATE UNIQUE INDEX "template_merchant_id_meta_id_key" ON "template"("merchant_id", "meta_id");

-- CreateIndex
CREATE UNIQUE INDEX "template_version_template_id_version_key" ON "template_version"("template_id", "version");

-- CreateIndex
CREATE INDEX "webhook_endpoint_merchant_id_created_at_id_idx" ON "webhook_endpoint"("merchant_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "webhook_delivery_endpoint_id_created_at_id_idx" ON "webhook_delivery"("endpoint_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "webhook_delivery_endpoint_id_sequence_key" ON "webhook_delivery"("endpoint_id", "sequence");

-- CreateIndex
CREATE UNIQUE INDEX "webhook_attempt_delivery_id_number_key" ON "webhook_attempt"("delivery_id", "number");

-- CreateIndex
CREATE UNIQUE INDEX "api_key_previous_secret_hash_key" ON "api_key"("previous_secret_hash");

-- AddForeignKey
ALTER TABLE "product" ADD CONSTRAINT "product_media_id_fkey" FOREIGN KEY ("media_id") REFERENCES "media_asset"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "media_asset" ADD CONSTRAINT "media_asset_message_id_fkey" FOREIGN KEY ("message_id") REFERENCES "message"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "media_variant" ADD CONSTRAINT "media_variant_asset_id_fkey" FOREIGN KEY ("asset_id") REFERENCES "media_asset"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "payment" ADD CONSTRAINT "payment_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "order"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "payment" ADD CONSTRAINT "payment_proof_media_id_fkey" FOREIGN KEY ("proof_media_id") REFERENCES "media_asset"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ledger_entry" ADD CONSTRAINT "ledger_entry_payment_id_fkey" FOREIGN KEY ("payment_id") REFERENCES "payment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "payment_event" ADD CONSTRAINT "payment_event_payment_id_fkey" FOREIGN KEY ("payment_id") REFERENCES "payment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "template_version" ADD CONSTRAINT "template_version_template_id_fkey" FOREIGN KEY ("template_id") REFERENCES "template"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook_delivery" ADD CONSTRAINT "webhook_delivery_endpoint_id_fkey" FOREIGN KEY ("endpoint_id") REFERENCES "webhook_endpoint"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook_attempt" ADD CONSTRAINT "webhook_attempt_delivery_id_fkey" FOREIGN KEY ("delivery_id") REFERENCES "webhook_delivery"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What the tables promise -----------------------------------------------------------------------------------------

ALTER TABLE "payment" ADD CONSTRAINT payment_amount CHECK (amount >= 0);
ALTER TABLE "ledger_entry" ADD CONSTRAINT ledger_entry_sign CHECK ((kind = 'CAPTURE') = (amount > 0) AND amount <> 0);
ALTER TABLE "media_asset" ADD CONSTRAINT media_asset_progress CHECK (progress BETWEEN 0 AND 100);
ALTER TABLE "event_counter" ADD CONSTRAINT event_counter_readers CHECK (readers >= 0);
ALTER TABLE "webhook_delivery" ADD CONSTRAINT webhook_delivery_pending CHECK ((status = 'PENDING') = (next_attempt_at IS NOT NULL));

-- An order is waited for to be paid in one way at a time.
CREATE UNIQUE INDEX payment_open ON "payment" (order_id) WHERE status IN ('CREATED', 'PENDING', 'PROOF_SUBMITTED', 'AUTHORIZED');
-- A payment brings its money in once, whatever its provider says twice.
CREATE UNIQUE INDEX ledger_entry_capture ON "ledger_entry" (payment_id) WHERE amount > 0;

-- The ledger is added to and never changed.
CREATE FUNCTION refuse_ledger_change() RETURNS trigger
  LANGUAGE plpgsql
  AS $$ BEGIN RAISE EXCEPTION 'the ledger is append-only; correct it with another entry' USING ERRCODE = 'insufficient_privilege'; END $$;
CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE ON "ledger_entry" FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change();

-- What the sweeps look for; nearly always next to nothing.
CREATE INDEX webhook_delivery_due ON "webhook_delivery" (endpoint_id, next_attempt_at, sequence) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX webhook_endpoint_enabled ON "webhook_endpoint" (merchant_id) WHERE status = 'ENABLED' AND deleted_at IS NULL;
CREATE INDEX media_asset_unfinished ON "media_asset" (created_at) WHERE status IN ('FETCHING', 'PROCESSING');
CREATE INDEX payment_due ON "payment" (expires_at) WHERE status IN ('CREATED', 'PENDING', 'FAILED') AND expires_at IS NOT NULL;
CREATE INDEX payment_unstarted ON "payment" (created_at) WHERE status = 'CREATED';

-- Tenancy -----------------------------------------------------------------------------------------------------------

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY[
    'template', 'template_version', 'media_asset', 'media_variant', 'payment', 'ledger_entry', 'payment_event',
    'sandbox_checkout',
    'webhook_endpoint', 'webhook_delivery', 'webhook_attempt', 'dead_job', 'invitation'
  ] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I USING (merchant_id = app_merchant_id()) WITH CHECK (merchant_id = app_merchant_id())', name);
  END LOOP;
END $$;

-- What must be found before a shop is known -------------------------------------------------------------------------

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['media_asset', 'payment', 'webhook_endpoint', 'webhook_delivery', 'invitation', 'dead_job'] LOOP
    EXECUTE format('CREATE POLICY lookup ON %I FOR SELECT USING (current_setting(''app.lookup'', true) = ''on'')', name);
  END LOOP;
END $$;

-- A key by its secret, or by the one it had before while that is still honoured.
CREATE OR REPLACE FUNCTION lookup_api_key(secret_hash bytea) RETURNS TABLE (api_key_id uuid, merchant_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY SELECT k.id, k.merchant_id FROM "api_key" k
    WHERE k.secret_hash = lookup_api_key.secret_hash
    UNION ALL SELECT k.id, k.merchant_id FROM "api_key" k
    WHERE k.previous_secret_hash = lookup_api_key.secret_hash AND k.previous_secret_expires_at > now();
    PERFORM set_config('app.lookup', '', true);
  END $$;

CREATE FUNCTION lookup_invitation(token_hash bytea) RETURNS TABLE (invitation_id uuid, merchant_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY SELECT i.id, i.merchant_id FROM "invitation" i WHERE i.token_hash = lookup_invitation.token_hash;
    PERFORM set_config('app.lookup', '', true);
  END $$;

-- Shops with a number in a WhatsApp Business Account: news of templates name only the account.
CREATE FUNCTION lookup_waba(waba_id text) RETURNS TABLE (merchant_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY SELECT DISTINCT n.merchant_id FROM "whatsapp_number" n WHERE n.waba_id = lookup_waba.waba_id;
    PERFORM set_config('app.lookup', '', true);
  END $$;

-- A payment by what its provider calls it.
CREATE FUNCTION lookup_payment(provider text, provider_ref text) RETURNS TABLE (merchant_id uuid, payment_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY SELECT p.merchant_id, p.id FROM "payment" p
    WHERE p.provider = lookup_payment.provider AND p.provider_ref = lookup_payment.provider_ref;
    PERFORM set_config('app.lookup', '', true);
  END $$;

-- Payments whose time is over, or about to be and not reminded of (`ahead` is how long before its end a payment is
-- reminded of), and those whose provider was never asked for a page to pay on.
CREATE FUNCTION lookup_due_payments(ahead interval, at_most int) RETURNS TABLE (merchant_id uuid, payment_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY (
      SELECT p.merchant_id, p.id FROM "payment" p
      WHERE p.status IN ('CREATED', 'PENDING', 'FAILED') AND p.expires_at IS NOT NULL
        AND (p.expires_at < now() OR (p.reminded_at IS NULL AND p.status <> 'FAILED' AND p.expires_at < now() + ahead))
      ORDER BY p.expires_at LIMIT at_most
    ) UNION (
      SELECT p.merchant_id, p.id FROM "payment" p
      WHERE p.status = 'CREATED' AND p.created_at < now() - interval '10 seconds'
      ORDER BY p.created_at LIMIT at_most
    );
    PERFORM set_config('app.lookup', '', true);
  END $$;

-- Pictures that nobody works on though somebody should: their job was lost. An upload that broke off is no picture yet.
CREATE FUNCTION lookup_unfinished_media(older_than interval, at_most int) RETURNS TABLE (merchant_id uuid, asset_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY SELECT a.merchant_id, a.id FROM "media_asset" a
    WHERE a.status IN ('FETCHING', 'PROCESSING') AND NOT (a.status = 'FETCHING' AND a.origin = 'UPLOAD')
      AND coalesce(a.leased_until, a.created_at) + older_than < now()
    ORDER BY a.created_at LIMIT at_most;
    PERFORM set_config('app.lookup', '', true);
  END $$;

-- Dead jobs that somebody asked to be run again and that have not come to an end since: the asking may have been lost.
CREATE INDEX "dead_job_retrying" ON "dead_job" ("retried_at") WHERE "retried_at" IS NOT NULL AND "succeeded_at" IS NULL;
CREATE FUNCTION lookup_retried_jobs(older_than interval, at_most int) RETURNS TABLE (merchant_id uuid, dead_job_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY SELECT d.merchant_id, d.id FROM "dead_job" d
    WHERE d.retried_at < now() - older_than AND d.succeeded_at IS NULL ORDER BY d.retried_at LIMIT at_most;
    PERFORM set_config('app.lookup', '', true);
  END $$;

-- Shops whose log holds events that an endpoint has no deliveries for yet.
CREATE FUNCTION lookup_undispatched() RETURNS TABLE (merchant_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY SELECT DISTINCT e.merchant_id FROM "webhook_endpoint" e JOIN "event_counter" c USING (merchant_id)
    WHERE e.status = 'ENABLED' AND e.deleted_at IS NULL AND e.cursor < c.last;
    PERFORM set_config('app.lookup', '', true);
  END $$;

-- Deliveries whose attempt is overdue: its job was lost, or is only slow. A few of each endpoint, so that one with
-- thousands keeps no other from being found.
CREATE FUNCTION lookup_due_deliveries(older_than interval, of_each int) RETURNS TABLE (merchant_id uuid, endpoint_id uuid, delivery_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY SELECT d.merchant_id, d.endpoint_id, d.id FROM "webhook_endpoint" e CROSS JOIN LATERAL (
      SELECT w.merchant_id, w.endpoint_id, w.id FROM "webhook_delivery" w
      WHERE w.endpoint_id = e.id AND w.next_attempt_at < now() - older_than AND (w.leased_until IS NULL OR w.leased_until < now())
      ORDER BY w.next_attempt_at, w.sequence LIMIT of_each
    ) d
    WHERE e.status = 'ENABLED' AND e.deleted_at IS NULL;
    PERFORM set_config('app.lookup', '', true);
  END $$;
