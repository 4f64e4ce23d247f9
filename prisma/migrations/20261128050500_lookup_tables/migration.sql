-- A policy `lookup` beside the policy `tenant` of a table makes each of its statements read `merchant_id = … OR …`, which no
-- index answers: a shop's statement scanned the rows of all shops. Lookups now read tables of the schema `lookup` instead.
-- Each is a parent of the table it is named after, has those of its columns that lookups need, and no rows of its own. A
-- statement that names the parent is bound by the parent's policies, and one that names the table by the table's
-- (https://www.postgresql.org/docs/current/ddl-inherit.html), so `tenant` is the only policy of a shop's statements.
CREATE SCHEMA lookup;

DO $$
DECLARE
  columns text[][] := ARRAY[
    ['merchant', 'id, bot_online, created_at'],
    ['whatsapp_number', 'merchant_id, phone_number_id, waba_id'],
    ['membership', 'id, merchant_id, user_id, created_at'],
    ['staff_user', 'id, email'],
    ['staff_session', 'id, merchant_id, token_hash'],
    ['api_key', 'id, merchant_id, secret_hash, previous_secret_hash, previous_secret_expires_at'],
    ['invitation', 'id, merchant_id, token_hash'],
    ['event_counter', 'merchant_id, last'],
    ['event_relay', 'merchant_id, relayed'],
    ['bot_turn', 'id, merchant_id, conversation_id, status, occurred_at, leased_until, claimable_at, created_at'],
    ['message', 'id, merchant_id, status, attempted_at, created_at'],
    ['stock_reservation', 'merchant_id, order_id, state, expires_at, created_at'],
    ['payment', 'id, merchant_id, provider, provider_ref, status, expires_at, reminded_at, created_at'],
    ['media_asset', 'id, merchant_id, status, origin, leased_until, created_at'],
    ['dead_job', 'id, merchant_id, retried_at, succeeded_at'],
    ['webhook_endpoint', 'id, merchant_id, status, cursor, deleted_at'],
    ['webhook_delivery', 'id, merchant_id, endpoint_id, sequence, next_attempt_at, leased_until, created_at'],
    ['restore', 'merchant_id, after_sequence, restored_at, decision']
  ];
  name text;
  function regprocedure;
BEGIN
  FOR n IN 1 .. array_length(columns, 1) LOOP
    name := columns[n][1];
    EXECUTE format('CREATE TABLE lookup.%I AS SELECT %s FROM public.%I WITH NO DATA', name, columns[n][2], name);
    EXECUTE format('ALTER TABLE lookup.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE lookup.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY lookup ON lookup.%I FOR SELECT USING (current_setting(''app.lookup'', true) = ''on'')', name);
    EXECUTE format('ALTER TABLE public.%I INHERIT lookup.%I', name, name);
    EXECUTE format('DROP POLICY lookup ON public.%I', name);
  END LOOP;

  -- The functions stay as they are, but for the tables that they read.
  FOR function IN SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'lookup\_%' LOOP
    EXECUTE regexp_replace(pg_get_functiondef(function), '\m(FROM|JOIN) "', '\1 lookup."', 'g');
  END LOOP;
END $$;
