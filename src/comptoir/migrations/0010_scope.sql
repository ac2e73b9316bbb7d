-- Who sees what: grants, row-level security, immutability of events and entries
-- depends: 0005_gateways 0006_log 0007_accounting 0008_lists 0009_imports

-- migrate: apply
do $$
declare
    name text;
begin
    foreach name in array array[
        'originator', 'api_key', 'merchant_account', 'originator_account', 'consumer',
        'consumer_key', 'consumer_total', 'import_run', 'payment', 'operation', 'card_token',
        'gateway_reference', 'gateway_call', 'notification', 'decision', 'event', 'idempotency',
        'entry', 'price', 'list_entry'
    ] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format(
            'create policy tenant on %I to comptoir_app using ('
            'company_id = nullif(current_setting(''comptoir.company'', true), '''')::uuid)', name);
        execute format('create policy platform on %I to comptoir_platform using (true)', name);
        execute format('create policy owner on %I to comptoir_owner using (true)', name);
        execute format('create policy lookup on %I for select to comptoir_lookup using (true)', name);
        execute format('grant select, insert, update on %I to comptoir_app, comptoir_platform', name);
        execute format('grant select on %I to comptoir_lookup', name);
    end loop;
end
$$;

alter table company enable row level security;
alter table company force row level security;
create policy tenant on company to comptoir_app
    using (id = nullif(current_setting('comptoir.company', true), '')::uuid);
create policy platform on company to comptoir_platform using (true);
create policy owner on company to comptoir_owner using (true);
create policy lookup on company for select to comptoir_lookup using (true);
grant select, update on company to comptoir_app;
grant select, insert, update on company to comptoir_platform;
grant select on company to comptoir_lookup;

grant delete on originator_account to comptoir_app, comptoir_platform;
grant delete on idempotency, notification to comptoir_platform;
grant delete on consumer_key to comptoir_app, comptoir_platform;

-- The ledger and the log only grow. Entries come in through post_entries_v1 alone.
revoke insert, update on entry from comptoir_app, comptoir_platform;
revoke update on event, decision, gateway_call, gateway_reference, price
    from comptoir_app, comptoir_platform;

create function never_changes() returns trigger language plpgsql as $$
begin
    raise exception 'rows of % are never changed or deleted; add the opposite instead', tg_table_name
        using errcode = 'restrict_violation';
end
$$;
create trigger entry_never_changes before update or delete on entry
    for each row execute function never_changes();
create trigger event_never_changes before update or delete on event
    for each row execute function never_changes();
create trigger entry_never_truncated before truncate on entry
    for each statement execute function never_changes();
create trigger event_never_truncated before truncate on event
    for each statement execute function never_changes();

grant select, insert, update on provider, app_user, membership, session, one_time_link,
    platform_key, follower to comptoir_app, comptoir_platform;
grant select, insert on old_password, security_event to comptoir_app, comptoir_platform;
grant delete on membership, old_password to comptoir_app, comptoir_platform;
grant insert on directory to comptoir_app, comptoir_platform;
grant select on directory to comptoir_lookup;
grant select on membership to comptoir_lookup;
grant select, insert, update on global_list_entry to comptoir_platform;
grant select on global_list_entry to comptoir_lookup;
grant usage on sequence originator_number, operation_number_block
    to comptoir_app, comptoir_platform;
grant select on sequence operation_number_block to comptoir_app, comptoir_platform;
grant delete on session, one_time_link to comptoir_platform;

-- migrate: rollback
