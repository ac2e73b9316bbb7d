-- A proof of authentication serves one charge
-- depends: 0019_wire

-- migrate: apply
create table three_ds_use (
    company_id uuid not null references company (id),
    check_id uuid not null,
    operation_id uuid not null,
    at timestamptz not null,
    primary key (company_id, check_id),
    foreign key (company_id, check_id) references operation (company_id, id),
    foreign key (company_id, operation_id) references operation (company_id, id)
);
alter table three_ds_use enable row level security;
alter table three_ds_use force row level security;
create policy tenant on three_ds_use to comptoir_app using (
    company_id = nullif(current_setting('comptoir.company', true), '')::uuid);
create policy platform on three_ds_use to comptoir_platform using (true);
create policy owner on three_ds_use to comptoir_owner using (true);
grant select, insert on three_ds_use to comptoir_app, comptoir_platform;

-- Commit 1 of a charge that brings the proof of a check: the second one finds it used.
create function open_charge_v2(
    p_company uuid, p_payment jsonb, p_consumer jsonb, p_operation jsonb, p_decisions jsonb,
    p_key jsonb, p_entries jsonb, p_detail jsonb
)
returns uuid language plpgsql as $$
declare
    consumer uuid := open_charge_v1(p_company, p_payment, p_consumer, p_operation, p_decisions,
        p_key, p_entries, p_detail);
begin
    if p_detail ->> 'check_id' is not null then
        insert into three_ds_use (company_id, check_id, operation_id, at)
        values (p_company, (p_detail ->> 'check_id')::uuid, (p_operation ->> 'id')::uuid,
            (p_operation ->> 'occurred_at')::timestamptz);
    end if;
    return consumer;
end
$$;

-- migrate: rollback
