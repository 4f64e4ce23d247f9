-- A plan for both answers reads all merchants, although hardly any was told otherwise.
CREATE OR REPLACE FUNCTION lookup_merchants_told_otherwise(online boolean) RETURNS TABLE (merchant_id uuid) LANGUAGE plpgsql
  AS $$
  BEGIN
    PERFORM set_config('app.lookup', 'on', true);
    IF online THEN
      RETURN QUERY SELECT m.id FROM lookup."merchant" m WHERE m.bot_online = false;
    ELSE
      RETURN QUERY SELECT m.id FROM lookup."merchant" m WHERE m.bot_online = true;
    END IF;
    PERFORM set_config('app.lookup', '', true);
  END $$;

-- Lookups across shops run in idle times as well, and to plan their statements costs more than to execute them. PostgreSQL
-- plans a statement of a function anew for the first five calls of each connection, and for as long as the values make a plan
-- look cheaper. The plans without values are the ones that test/plans.test.ts examines.
DO $$
  DECLARE
    lookup regprocedure;
  BEGIN
    FOR lookup IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'lookup\_%' LOOP
      EXECUTE format('ALTER FUNCTION %s SET plan_cache_mode = force_generic_plan', lookup);
    END LOOP;
  END $$;
