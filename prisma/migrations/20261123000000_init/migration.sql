-- CreateEnum
CREATE TYPE "reservation_state" AS ENUM ('HELD', 'ALLOCATED', 'CONSUMED', 'RELEASED');

-- CreateEnum
CREATE TYPE "conversation_mode" AS ENUM ('BOT', 'HUMAN');

-- CreateEnum
CREATE TYPE "message_direction" AS ENUM ('INBOUND', 'OUTBOUND');

-- CreateEnum
CREATE TYPE "message_author" AS ENUM ('CUSTOMER', 'BOT', 'STAFF', 'SYSTEM');

-- CreateEnum
CREATE TYPE "message_status" AS ENUM ('RECEIVED', 'QUEUED', 'ACCEPTED', 'SENT', 'DELIVERED', 'READ', 'FAILED');

-- CreateEnum
CREATE TYPE "bot_turn_status" AS ENUM ('PENDING', 'DONE', 'HANDED_OVER', 'SKIPPED');

-- CreateEnum
CREATE TYPE "identity_kind" AS ENUM ('PHONE', 'BSUID', 'PARENT_BSUID');

-- CreateEnum
CREATE TYPE "order_status" AS ENUM ('PENDING', 'CONFIRMED', 'PREPARING', 'READY', 'IN_DELIVERY', 'DELIVERED', 'COMPLETED', 'REJECTED', 'EXPIRED', 'CANCELLED', 'RETURNED');

-- CreateEnum
CREATE TYPE "fulfilment" AS ENUM ('DELIVERY', 'PICKUP');

-- CreateEnum
CREATE TYPE "payment_method" AS ENUM ('CASH_ON_DELIVERY');

-- CreateEnum
CREATE TYPE "delivery_status" AS ENUM ('PENDING', 'IN_TRANSIT', 'DELIVERED', 'ATTEMPT_FAILED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "staff_role" AS ENUM ('OWNER', 'MANAGER', 'AGENT', 'VIEWER');

-- CreateTable
CREATE TABLE "api_key" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "scopes" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "platform_key" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "platform_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_entry" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "subject_id" UUID,
    "detail" JSONB NOT NULL DEFAULT '{}',
    "request_id" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "audit_entry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_key" (
    "merchant_id" UUID NOT NULL,
    "actor" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "request_hash" BYTEA NOT NULL,
    "result" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_key_pkey" PRIMARY KEY ("merchant_id","actor","key")
);

-- CreateTable
CREATE TABLE "cart" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "cart_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "cart_line" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "cart_id" UUID NOT NULL,
    "variant_id" UUID NOT NULL,
    "quantity" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "cart_line_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "category" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "position" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "category_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "product" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "category_id" UUID,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "image_key" TEXT,
    "position" INTEGER NOT NULL DEFAULT 0,
    "archived_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "product_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "variant" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "product_id" UUID NOT NULL,
    "sku" TEXT NOT NULL,
    "name" TEXT NOT NULL DEFAULT '',
    "price" BIGINT NOT NULL,
    "on_hand" INTEGER NOT NULL DEFAULT 0,
    "reserved" INTEGER NOT NULL DEFAULT 0,
    "position" INTEGER NOT NULL DEFAULT 0,
    "archived_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "variant_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "stock_reservation" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "variant_id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "quantity" INTEGER NOT NULL,
    "state" "reservation_state" NOT NULL DEFAULT 'HELD',
    "expires_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "stock_reservation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "conversation" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "whatsapp_number_id" UUID NOT NULL,
    "mode" "conversation_mode" NOT NULL DEFAULT 'BOT',
    "handoff_reason" TEXT,
    "assignee_id" UUID,
    "unread_count" INTEGER NOT NULL DEFAULT 0,
    "last_message_text" TEXT NOT NULL DEFAULT '',
    "last_message_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "window_expires_at" TIMESTAMPTZ(3),
    "bot_state" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "conversation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "message" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "conversation_id" UUID NOT NULL,
    "direction" "message_direction" NOT NULL,
    "author" "message_author" NOT NULL,
    "staff_id" UUID,
    "order_id" UUID,
    "kind" TEXT NOT NULL,
    "content" JSONB NOT NULL,
    "text" TEXT NOT NULL DEFAULT '',
    "wamid" TEXT,
    "status" "message_status" NOT NULL,
    "error_code" INTEGER,
    "error_message" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "attempted_at" TIMESTAMPTZ(3),
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "sent_at" TIMESTAMPTZ(3),
    "delivered_at" TIMESTAMPTZ(3),
    "read_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "message_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "bot_turn" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "conversation_id" UUID NOT NULL,
    "message_id" UUID NOT NULL,
    "status" "bot_turn_status" NOT NULL DEFAULT 'PENDING',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "lease_token" UUID,
    "leased_until" TIMESTAMPTZ(3),
    "error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "bot_turn_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "bot_connection" (
    "id" UUID NOT NULL,
    "connected_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "bot_connection_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "customer" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "name" TEXT NOT NULL DEFAULT '',
    "username" TEXT,
    "language" TEXT,
    "opted_out_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "customer_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "customer_identity" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "kind" "identity_kind" NOT NULL,
    "value" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "customer_identity_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "event_counter" (
    "merchant_id" UUID NOT NULL,
    "last" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "event_counter_pkey" PRIMARY KEY ("merchant_id")
);

-- CreateTable
CREATE TABLE "event_relay" (
    "merchant_id" UUID NOT NULL,
    "relayed" BIGINT NOT NULL DEFAULT 0,
    "trimmed" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "event_relay_pkey" PRIMARY KEY ("merchant_id")
);

-- CreateTable
CREATE TABLE "event" (
    "merchant_id" UUID NOT NULL,
    "sequence" BIGINT NOT NULL,
    "id" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "subject_id" UUID NOT NULL,
    "data" JSONB NOT NULL,
    "actor" TEXT NOT NULL,
    "request_id" TEXT,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "event_pkey" PRIMARY KEY ("merchant_id","sequence")
);

-- CreateTable
CREATE TABLE "merchant" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "locale" TEXT NOT NULL,
    "time_zone" TEXT NOT NULL,
    "delivery_fee" BIGINT NOT NULL DEFAULT 0,
    "pickup_address" TEXT,
    "order_accept_minutes" INTEGER NOT NULL DEFAULT 60,
    "low_stock_threshold" INTEGER NOT NULL DEFAULT 3,
    "bot_online" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "merchant_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "whatsapp_number" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "phone_number_id" TEXT NOT NULL,
    "waba_id" TEXT NOT NULL,
    "display_phone" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "whatsapp_number_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "order_counter" (
    "merchant_id" UUID NOT NULL,
    "last" INTEGER NOT NULL DEFAULT 1000,

    CONSTRAINT "order_counter_pkey" PRIMARY KEY ("merchant_id")
);

-- CreateTable
CREATE TABLE "order" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "customer_id" UUID NOT NULL,
    "status" "order_status" NOT NULL DEFAULT 'PENDING',
    "fulfilment" "fulfilment" NOT NULL,
    "payment_method" "payment_method" NOT NULL DEFAULT 'CASH_ON_DELIVERY',
    "address" TEXT,
    "note" TEXT NOT NULL DEFAULT '',
    "currency" CHAR(3) NOT NULL,
    "subtotal" BIGINT NOT NULL,
    "delivery_fee" BIGINT NOT NULL DEFAULT 0,
    "total" BIGINT NOT NULL,
    "reason" TEXT,
    "reserved_until" TIMESTAMPTZ(3),
    "placed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "order_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "order_line" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "variant_id" UUID NOT NULL,
    "sku" TEXT NOT NULL,
    "product_name" TEXT NOT NULL,
    "variant_name" TEXT NOT NULL DEFAULT '',
    "unit_price" BIGINT NOT NULL,
    "quantity" INTEGER NOT NULL,
    "total" BIGINT NOT NULL,

    CONSTRAINT "order_line_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "delivery" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "status" "delivery_status" NOT NULL DEFAULT 'PENDING',
    "address" TEXT NOT NULL,
    "dispatched_at" TIMESTAMPTZ(3),
    "delivered_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "delivery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "staff_user" (
    "id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "password_hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "staff_user_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "membership" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "role" "staff_role" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "membership_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "staff_session" (
    "id" UUID NOT NULL,
    "merchant_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "staff_session_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "api_key_secret_hash_key" ON "api_key"("secret_hash");

-- CreateIndex
CREATE INDEX "api_key_merchant_id_created_at_idx" ON "api_key"("merchant_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "platform_key_name_key" ON "platform_key"("name");

-- CreateIndex
CREATE UNIQUE INDEX "platform_key_secret_hash_key" ON "platform_key"("secret_hash");

-- CreateIndex
CREATE INDEX "audit_entry_merchant_id_at_id_idx" ON "audit_entry"("merchant_id", "at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "idempotency_key_created_at_idx" ON "idempotency_key"("created_at");

-- CreateIndex
CREATE UNIQUE INDEX "cart_merchant_id_customer_id_key" ON "cart"("merchant_id", "customer_id");

-- CreateIndex
CREATE UNIQUE INDEX "cart_line_cart_id_variant_id_key" ON "cart_line"("cart_id", "variant_id");

-- CreateIndex
CREATE UNIQUE INDEX "category_merchant_id_name_key" ON "category"("merchant_id", "name");

-- CreateIndex
CREATE INDEX "product_merchant_id_position_id_idx" ON "product"("merchant_id", "position", "id");

-- CreateIndex
CREATE INDEX "variant_product_id_idx" ON "variant"("product_id");

-- CreateIndex
CREATE UNIQUE INDEX "variant_merchant_id_sku_key" ON "variant"("merchant_id", "sku");

-- CreateIndex
CREATE INDEX "stock_reservation_merchant_id_variant_id_idx" ON "stock_reservation"("merchant_id", "variant_id");

-- CreateIndex
CREATE UNIQUE INDEX "stock_reservation_order_id_variant_id_key" ON "stock_reservation"("order_id", "variant_id");

-- CreateIndex
CREATE INDEX "conversation_merchant_id_last_message_at_id_idx" ON "conversation"("merchant_id", "last_message_at" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "conversation_customer_id_whatsapp_number_id_key" ON "conversation"("customer_id", "whatsapp_number_id");

-- CreateIndex
CREATE INDEX "message_conversation_id_occurred_at_id_idx" ON "message"("conversation_id", "occurred_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "message_order_id_idx" ON "message"("order_id");

-- CreateIndex
CREATE UNIQUE INDEX "message_merchant_id_wamid_key" ON "message"("merchant_id", "wamid");

-- CreateIndex
CREATE UNIQUE INDEX "bot_turn_message_id_key" ON "bot_turn"("message_id");

-- CreateIndex
CREATE INDEX "bot_turn_conversation_id_status_occurred_at_id_idx" ON "bot_turn"("conversation_id", "status", "occurred_at", "id");

-- CreateIndex
CREATE INDEX "customer_merchant_id_created_at_id_idx" ON "customer"("merchant_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "customer_identity_customer_id_idx" ON "customer_identity"("customer_id");

-- CreateIndex
CREATE UNIQUE INDEX "customer_identity_merchant_id_kind_value_key" ON "customer_identity"("merchant_id", "kind", "value");

-- CreateIndex
CREATE INDEX "event_merchant_id_subject_id_sequence_idx" ON "event"("merchant_id", "subject_id", "sequence");

-- CreateIndex
CREATE UNIQUE INDEX "merchant_slug_key" ON "merchant"("slug");

-- CreateIndex
CREATE UNIQUE INDEX "whatsapp_number_phone_number_id_key" ON "whatsapp_number"("phone_number_id");

-- CreateIndex
CREATE INDEX "whatsapp_number_merchant_id_idx" ON "whatsapp_number"("merchant_id");

-- CreateIndex
CREATE INDEX "order_merchant_id_placed_at_id_idx" ON "order"("merchant_id", "placed_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "order_merchant_id_status_placed_at_id_idx" ON "order"("merchant_id", "status", "placed_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "order_customer_id_placed_at_id_idx" ON "order"("customer_id", "placed_at" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "order_merchant_id_number_key" ON "order"("merchant_id", "number");

-- CreateIndex
CREATE UNIQUE INDEX "order_line_order_id_position_key" ON "order_line"("order_id", "position");

-- CreateIndex
CREATE UNIQUE INDEX "delivery_order_id_key" ON "delivery"("order_id");

-- CreateIndex
CREATE INDEX "delivery_merchant_id_created_at_idx" ON "delivery"("merchant_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "staff_user_email_key" ON "staff_user"("email");

-- CreateIndex
CREATE INDEX "membership_user_id_idx" ON "membership"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "membership_merchant_id_user_id_key" ON "membership"("merchant_id", "user_id");

-- CreateIndex
CREATE UNIQUE INDEX "staff_session_token_hash_key" ON "staff_session"("token_hash");

-- CreateIndex
CREATE INDEX "staff_session_merchant_id_user_id_idx" ON "staff_session"("merchant_id", "user_id");

-- AddForeignKey
ALTER TABLE "cart" ADD CONSTRAINT "cart_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "cart_line" ADD CONSTRAINT "cart_line_cart_id_fkey" FOREIGN KEY ("cart_id") REFERENCES "cart"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "cart_line" ADD CONSTRAINT "cart_line_variant_id_fkey" FOREIGN KEY ("variant_id") REFERENCES "variant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "product" ADD CONSTRAINT "product_category_id_fkey" FOREIGN KEY ("category_id") REFERENCES "category"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "variant" ADD CONSTRAINT "variant_product_id_fkey" FOREIGN KEY ("product_id") REFERENCES "product"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "stock_reservation" ADD CONSTRAINT "stock_reservation_variant_id_fkey" FOREIGN KEY ("variant_id") REFERENCES "variant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "stock_reservation" ADD CONSTRAINT "stock_reservation_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "order"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "conversation" ADD CONSTRAINT "conversation_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "conversation" ADD CONSTRAINT "conversation_whatsapp_number_id_fkey" FOREIGN KEY ("whatsapp_number_id") REFERENCES "whatsapp_number"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "conversation" ADD CONSTRAINT "conversation_assignee_id_fkey" FOREIGN KEY ("assignee_id") REFERENCES "staff_user"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "message" ADD CONSTRAINT "message_conversation_id_fkey" FOREIGN KEY ("conversation_id") REFERENCES "conversation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "message" ADD CONSTRAINT "message_staff_id_fkey" FOREIGN KEY ("staff_id") REFERENCES "staff_user"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "bot_turn" ADD CONSTRAINT "bot_turn_conversation_id_fkey" FOREIGN KEY ("conversation_id") REFERENCES "conversation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "bot_turn" ADD CONSTRAINT "bot_turn_message_id_fkey" FOREIGN KEY ("message_id") REFERENCES "message"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "customer_identity" ADD CONSTRAINT "customer_identity_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "whatsapp_number" ADD CONSTRAINT "whatsapp_number_merchant_id_fkey" FOREIGN KEY ("merchant_id") REFERENCES "merchant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "order_counter" ADD CONSTRAINT "order_counter_merchant_id_fkey" FOREIGN KEY ("merchant_id") REFERENCES "merchant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "order" ADD CONSTRAINT "order_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "order_line" ADD CONSTRAINT "order_line_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "order"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "delivery" ADD CONSTRAINT "delivery_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "order"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "membership" ADD CONSTRAINT "membership_merchant_id_fkey" FOREIGN KEY ("merchant_id") REFERENCES "merchant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "membership" ADD CONSTRAINT "membership_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "staff_user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "staff_session" ADD CONSTRAINT "staff_session_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "staff_user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Rules the application must never be able to break -----------------------------------------------------------------

ALTER TABLE "variant"
  ADD CONSTRAINT "variant_stock" CHECK (reserved >= 0 AND on_hand >= reserved),
  ADD CONSTRAINT "variant_price" CHECK (price >= 0);
ALTER TABLE "stock_reservation" ADD CONSTRAINT "stock_reservation_quantity" CHECK (quantity > 0);
ALTER TABLE "cart_line" ADD CONSTRAINT "cart_line_quantity" CHECK (quantity BETWEEN 1 AND 999);
ALTER TABLE "order_line" ADD CONSTRAINT "order_line_total" CHECK (quantity > 0 AND total = unit_price * quantity);
ALTER TABLE "order" ADD CONSTRAINT "order_total" CHECK (subtotal >= 0 AND delivery_fee >= 0 AND total = subtotal + delivery_fee);
ALTER TABLE "merchant" ADD CONSTRAINT "merchant_currency" CHECK (currency ~ '^[A-Z]{3}$');

-- Work that waits, found across shops by the functions below.
CREATE INDEX "bot_turn_pending" ON "bot_turn" (conversation_id, occurred_at, id) WHERE status = 'PENDING';
CREATE INDEX "message_queued" ON "message" (created_at) WHERE status = 'QUEUED';
CREATE INDEX "stock_reservation_held" ON "stock_reservation" (expires_at) WHERE state = 'HELD';

-- Orders by status. Row-level security allows no comparison of enums as an index condition, a partial index needs none.
CREATE INDEX "order_open" ON "order" (merchant_id, placed_at DESC, id DESC)
  WHERE status IN ('PENDING', 'CONFIRMED', 'PREPARING', 'READY', 'IN_DELIVERY', 'DELIVERED');
CREATE INDEX "order_failed" ON "order" (merchant_id, placed_at DESC, id DESC)
  WHERE status IN ('REJECTED', 'EXPIRED', 'CANCELLED', 'RETURNED');

-- Tenancy -----------------------------------------------------------------------------------------------------------
-- Every tenant table shows and accepts only rows of the shop named by the connection's setting; none named, none shown.
-- FORCE makes the owner subject to it too.

CREATE FUNCTION app_merchant_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('app.merchant_id', true), '')::uuid $$;

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY[
    'whatsapp_number', 'membership', 'staff_session', 'api_key', 'category', 'product', 'variant', 'stock_reservation',
    'customer', 'customer_identity', 'conversation', 'message', 'bot_turn', 'cart', 'cart_line', 'order_counter', 'order',
    'order_line', 'delivery', 'event_counter', 'event_relay', 'event', 'audit_entry', 'idempotency_key'
  ] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I USING (merchant_id = app_merchant_id()) WITH CHECK (merchant_id = app_merchant_id())', name);
  END LOOP;
END $$;

ALTER TABLE "merchant" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "merchant" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "merchant" USING (id = app_merchant_id()) WITH CHECK (id = app_merchant_id());

-- A person is visible to the shops they belong to.
ALTER TABLE "staff_user" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "staff_user" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "staff_user" USING (
  EXISTS (SELECT 1 FROM "membership" m WHERE m.user_id = staff_user.id AND m.merchant_id = app_merchant_id())
);
CREATE POLICY join_shop ON "staff_user" FOR INSERT WITH CHECK (app_merchant_id() IS NOT NULL);

-- What must be found before a shop is known -------------------------------------------------------------------------
-- These functions, and nothing else, look across shops; they answer ids only. The setting is switched on for the call.

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY[
    'merchant', 'whatsapp_number', 'membership', 'staff_user', 'staff_session', 'api_key', 'event_counter', 'event_relay',
    'bot_turn', 'stock_reservation', 'message'
  ] LOOP
    EXECUTE format('CREATE POLICY lookup ON %I FOR SELECT USING (current_setting(''app.lookup'', true) = ''on'')', name);
  END LOOP;
END $$;

CREATE FUNCTION lookup_merchants() RETURNS TABLE (merchant_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY SELECT id FROM "merchant" ORDER BY created_at, id;
    PERFORM set_config('app.lookup', '', true);
  END $$;

-- Shops that were last told something else about the bot.
CREATE FUNCTION lookup_merchants_told_otherwise(online boolean) RETURNS TABLE (merchant_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY SELECT m.id FROM "merchant" m WHERE m.bot_online <> lookup_merchants_told_otherwise.online;
    PERFORM set_config('app.lookup', '', true);
  END $$;

CREATE FUNCTION lookup_phone_number(phone_number_id text) RETURNS TABLE (merchant_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY SELECT n.merchant_id FROM "whatsapp_number" n WHERE n.phone_number_id = lookup_phone_number.phone_number_id;
    PERFORM set_config('app.lookup', '', true);
  END $$;

CREATE FUNCTION lookup_memberships(email text) RETURNS TABLE (user_id uuid, merchant_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY SELECT m.user_id, m.merchant_id FROM "staff_user" u JOIN "membership" m ON m.user_id = u.id
    WHERE u.email = lookup_memberships.email ORDER BY m.created_at, m.id;
    PERFORM set_config('app.lookup', '', true);
  END $$;

CREATE FUNCTION lookup_session(token_hash bytea) RETURNS TABLE (session_id uuid, merchant_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY SELECT s.id, s.merchant_id FROM "staff_session" s WHERE s.token_hash = lookup_session.token_hash;
    PERFORM set_config('app.lookup', '', true);
  END $$;

CREATE FUNCTION lookup_api_key(secret_hash bytea) RETURNS TABLE (api_key_id uuid, merchant_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY SELECT k.id, k.merchant_id FROM "api_key" k WHERE k.secret_hash = lookup_api_key.secret_hash;
    PERFORM set_config('app.lookup', '', true);
  END $$;

-- Shops with events that nobody has relayed yet.
CREATE FUNCTION lookup_unrelayed() RETURNS TABLE (merchant_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY SELECT c.merchant_id FROM "event_counter" c JOIN "event_relay" r USING (merchant_id) WHERE c.last > r.relayed;
    PERFORM set_config('app.lookup', '', true);
  END $$;

-- Lanes whose oldest unanswered message is free to be claimed, longest waiting first.
CREATE FUNCTION lookup_claimable_lanes(at_most int) RETURNS TABLE (merchant_id uuid, conversation_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY SELECT t.merchant_id, t.conversation_id FROM "bot_turn" t
    WHERE t.status = 'PENDING' AND (t.leased_until IS NULL OR t.leased_until < now())
      AND NOT EXISTS (
        SELECT 1 FROM "bot_turn" earlier
        WHERE earlier.conversation_id = t.conversation_id AND earlier.status = 'PENDING'
          AND (earlier.occurred_at, earlier.id) < (t.occurred_at, t.id)
      )
    ORDER BY t.created_at LIMIT at_most;
    PERFORM set_config('app.lookup', '', true);
  END $$;

-- Queued messages older than a moment ago: their job was lost, or is only slow.
CREATE FUNCTION lookup_unsent_messages(older_than interval, at_most int) RETURNS TABLE (merchant_id uuid, message_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY SELECT m.merchant_id, m.id FROM "message" m
    WHERE m.status = 'QUEUED' AND m.created_at < now() - older_than ORDER BY m.created_at LIMIT at_most;
    PERFORM set_config('app.lookup', '', true);
  END $$;

-- Orders whose held stock is due to be given back.
CREATE FUNCTION lookup_expired_reservations(at_most int) RETURNS TABLE (merchant_id uuid, order_id uuid)
  LANGUAGE plpgsql
  AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    RETURN QUERY SELECT DISTINCT r.merchant_id, r.order_id FROM "stock_reservation" r
    WHERE r.state = 'HELD' AND r.expires_at < now() LIMIT at_most;
    PERFORM set_config('app.lookup', '', true);
  END $$;
