-- Chats that wait for people, and unread ones, which every screen of the dashboard counts. Row-level security allows no
-- comparison of enums as an index condition; a partial index needs none.
CREATE INDEX "conversation_human" ON "conversation" ("merchant_id", "last_message_at" DESC, "id" DESC) WHERE "mode" = 'HUMAN';
CREATE INDEX "conversation_unread" ON "conversation" ("merchant_id", "last_message_at" DESC, "id" DESC) WHERE "unread_count" > 0;

-- References that few rows have, followed backwards when an image is removed or a member leaves.
CREATE INDEX "conversation_assigned" ON "conversation" ("assignee_id") WHERE "assignee_id" IS NOT NULL;
CREATE INDEX "product_with_image" ON "product" ("media_id") WHERE "media_id" IS NOT NULL;
CREATE INDEX "payment_with_proof" ON "payment" ("proof_media_id") WHERE "proof_media_id" IS NOT NULL;

-- News of templates name a WhatsApp Business account.
CREATE INDEX "whatsapp_number_waba_id_idx" ON "whatsapp_number" ("waba_id");

-- Two lookups look each endpoint up by itself (OFFSET 0 keeps PostgreSQL from joining); joined, the endpoints of all shops were
-- read for one.
DO $$
DECLARE
  due text := pg_get_functiondef('lookup_due_deliveries(interval, int)'::regprocedure);
  undispatched text := pg_get_functiondef('lookup_undispatched(interval)'::regprocedure);
BEGIN
  EXECUTE replace(
    due,
    'JOIN lookup."webhook_endpoint" e ON e.id = waiting.endpoint_id',
    'CROSS JOIN LATERAL (SELECT * FROM lookup."webhook_endpoint" WHERE id = waiting.endpoint_id OFFSET 0) e'
  );
  EXECUTE replace(undispatched, 'AND e.cursor < c.last', 'AND e.cursor < c.last OFFSET 0');
END $$;
