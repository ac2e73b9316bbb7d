-- The demo fills empty tables at once: what PostgreSQL knows of them is renewed on the way
-- depends: 0026_sandbox

-- migrate: apply
-- Plans that were made for empty tables read all of a company at every row. Autovacuum measures the
-- tables too, but a minute later.
create function measure_tables_v1() returns void language plpgsql security definer
set search_path = public as $$
begin
    analyze company, originator, merchant_account, consumer, consumer_key, payment, operation,
        card_token, gateway_reference, entry, event, sandbox_operation;
end
$$;
revoke all on function measure_tables_v1() from public;
grant execute on function measure_tables_v1() to comptoir_app, comptoir_platform;

-- migrate: rollback
