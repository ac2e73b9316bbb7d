-- The vault: card numbers, sealed; opened through one function that writes down who and why
-- depends: 0010_scope

-- migrate: apply
-- Which key-encryption keys have wrapped something. The keys themselves are never in here.
create table vault_generation (
    id text primary key check (id ~ '^[0-9a-f]{12}$'),
    seen_at timestamptz not null default clock_timestamp(),
    closed_at timestamptz -- Nothing is wrapped by it any more: a newer one is in use.
);

create table vault_card (
    company_id uuid not null references company (id),
    id uuid not null,
    live boolean not null,
    fingerprint bytea not null check (length(fingerprint) = 32),
    brand text not null check (length(brand) <= 16),
    first6 text not null check (first6 ~ '^[0-9]{6}$'),
    last4 text not null check (last4 ~ '^[0-9]{4}$'),
    expiry_month int not null check (expiry_month between 1 and 12),
    expiry_year int not null check (expiry_year between 2000 and 2100),
    sealed bytea not null check (length(sealed) between 64 and 1024),
    generation text,
    wrapped_key bytea check (length(wrapped_key) = 61),
    created_at timestamptz not null default clock_timestamp(),
    destroyed_at timestamptz,
    primary key (company_id, id),
    unique (company_id, id, live),
    check (num_nonnulls(generation, wrapped_key) = case when destroyed_at is null then 2 else 0 end)
);
create unique index vault_card_same
    on vault_card (company_id, live, fingerprint, expiry_year, expiry_month)
    where destroyed_at is null;
create index vault_card_generation on vault_card (generation, company_id, id)
    where destroyed_at is null;

create table vault_access (
    company_id uuid not null references company (id),
    id bigint generated always as identity,
    record_id uuid not null,
    at timestamptz not null default clock_timestamp(),
    act text not null check (
        act in ('stored', 'known', 'opened', 'unreadable', 'refused', 'destroyed')
    ),
    who text not null check (length(who) between 1 and 256),
    why text not null check (length(why) between 1 and 256),
    primary key (company_id, id)
);
create index vault_access_record on vault_access (company_id, record_id, id desc);

do $$
declare
    name text;
begin
    foreach name in array array['vault_card', 'vault_access'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format(
            'create policy tenant on %I to comptoir_app using ('
            'company_id = nullif(current_setting(''comptoir.company'', true), '''')::uuid)', name);
        execute format('create policy platform on %I to comptoir_platform using (true)', name);
        execute format('create policy owner on %I to comptoir_owner using (true)', name);
    end loop;
end
$$;

-- What is sealed leaves through vault_open_v1 alone, so that no reading goes unwritten.
grant select (company_id, id, live, fingerprint, brand, first6, last4, expiry_month, expiry_year,
    generation, created_at, destroyed_at) on vault_card to comptoir_app, comptoir_platform;
grant select on vault_access to comptoir_app, comptoir_platform;
grant insert on vault_access to comptoir_app;
-- Rotation changes wrappings; a wrapped key without what it has sealed opens nothing.
grant select (wrapped_key), update (wrapped_key, generation) on vault_card to comptoir_platform;
grant select on vault_generation to comptoir_app, comptoir_platform;

create trigger vault_access_never_changes before update or delete on vault_access
    for each row execute function never_changes();
create trigger vault_access_never_truncated before truncate on vault_access
    for each statement execute function never_changes();
create trigger vault_card_never_deleted before delete on vault_card
    for each row execute function never_changes();
create trigger vault_card_never_truncated before truncate on vault_card
    for each statement execute function never_changes();

create function vault_card_keeps() returns trigger language plpgsql as $$
begin
    if old.destroyed_at is not null then
        raise exception 'a destroyed card stays destroyed' using errcode = 'restrict_violation';
    end if;
    if (new.company_id, new.id, new.live, new.fingerprint, new.brand, new.first6, new.last4,
            new.expiry_month, new.expiry_year, new.sealed, new.created_at)
        is distinct from (old.company_id, old.id, old.live, old.fingerprint, old.brand, old.first6,
            old.last4, old.expiry_month, old.expiry_year, old.sealed, old.created_at) then
        raise exception 'what the vault keeps never changes; only its wrapping does'
            using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
create trigger vault_card_keeps before update on vault_card
    for each row execute function vault_card_keeps();

create function vault_in_scope(p_company uuid) returns void language plpgsql as $$
begin
    if nullif(current_setting('comptoir.company', true), '')::uuid is distinct from p_company then
        raise exception 'the vault works in the scope of one company'
            using errcode = 'insufficient_privilege';
    end if;
end
$$;

-- The record of a card: a new one, or the one that is there. Null: the generation is closed.
create function vault_store_v1(
    p_company uuid, p_id uuid, p_live boolean, p_fingerprint bytea, p_brand text, p_first6 text,
    p_last4 text, p_month int, p_year int, p_sealed bytea, p_generation text, p_wrapped bytea,
    p_who text, p_why text
)
returns uuid language plpgsql security definer set search_path = public as $$
declare
    known uuid;
begin
    perform vault_in_scope(p_company);
    insert into vault_generation (id) select p_generation
        where not exists (select from vault_generation g where g.id = p_generation)
        on conflict do nothing;
    -- Held until the commit: a rotation that closes this generation waits for it.
    perform from vault_generation g
        where g.id = p_generation and g.closed_at is null for share;
    if not found then
        return null;
    end if;
    for attempt in 1..20 loop
        insert into vault_card (company_id, id, live, fingerprint, brand, first6, last4,
            expiry_month, expiry_year, sealed, generation, wrapped_key)
        values (p_company, p_id, p_live, p_fingerprint, p_brand, p_first6, p_last4, p_month,
            p_year, p_sealed, p_generation, p_wrapped)
        on conflict (company_id, live, fingerprint, expiry_year, expiry_month)
            where destroyed_at is null do nothing;
        if found then
            insert into vault_access (company_id, record_id, act, who, why)
                values (p_company, p_id, 'stored', p_who, p_why);
            return p_id;
        end if;
        select c.id into known from vault_card c
            where c.company_id = p_company and c.live = p_live
                and c.fingerprint = p_fingerprint and c.expiry_year = p_year
                and c.expiry_month = p_month and c.destroyed_at is null
            for key share;
        if found then
            insert into vault_access (company_id, record_id, act, who, why)
                values (p_company, known, 'known', p_who, p_why);
            return known;
        end if;
    end loop;
    raise exception 'a card is stored and destroyed again and again';
end
$$;

-- Hand out what is sealed, and write down who asked and why. No row: there is nothing to open.
create function vault_open_v1(p_company uuid, p_id uuid, p_live boolean, p_who text, p_why text)
returns table (sealed bytea, generation text, wrapped_key bytea)
language plpgsql security definer set search_path = public as $$
begin
    perform vault_in_scope(p_company);
    return query
        select c.sealed, c.generation, c.wrapped_key from vault_card c
        where c.company_id = p_company and c.id = p_id and c.live = p_live
            and c.destroyed_at is null;
    insert into vault_access (company_id, record_id, act, who, why)
        values (p_company, p_id, case when found then 'opened' else 'refused' end, p_who, p_why);
end
$$;

-- Throw the key of a card away. The record stays, what is sealed in it is noise from now on.
create function vault_destroy_v1(p_company uuid, p_id uuid, p_live boolean, p_who text, p_why text)
returns boolean language plpgsql security definer set search_path = public as $$
begin
    perform vault_in_scope(p_company);
    update vault_card c
        set wrapped_key = null, generation = null, destroyed_at = clock_timestamp()
        where c.company_id = p_company and c.id = p_id and c.live = p_live
            and c.destroyed_at is null;
    if not found then
        return false;
    end if;
    insert into vault_access (company_id, record_id, act, who, why)
        values (p_company, p_id, 'destroyed', p_who, p_why);
    return true;
end
$$;

-- A rotation begins: from now on only this generation wraps. False: it was replaced already.
create function vault_rotate_to_v1(p_generation text)
returns boolean language plpgsql security definer set search_path = public as $$
begin
    insert into vault_generation (id) values (p_generation) on conflict do nothing;
    perform from vault_generation g
        where g.id = p_generation and g.closed_at is null for share;
    if not found then
        return false;
    end if;
    update vault_generation g set closed_at = clock_timestamp()
        where g.id <> p_generation and g.closed_at is null;
    return true;
end
$$;

revoke all on function vault_store_v1, vault_open_v1, vault_destroy_v1, vault_rotate_to_v1
    from public;
grant execute on function vault_store_v1, vault_open_v1, vault_destroy_v1 to comptoir_app;
grant execute on function vault_rotate_to_v1 to comptoir_platform;

-- A card is kept by its gateway, under its token, or here; never by both.
alter table card_token alter column gateway_token drop not null;
alter table card_token add column vault_id uuid;
-- The charge it was kept with, so that the cards of failed charges can be destroyed.
alter table card_token add column operation_id uuid;
alter table card_token add constraint card_token_kept
    check (num_nonnulls(gateway_token, vault_id) = 1);
alter table card_token add constraint card_token_vault
    foreign key (company_id, vault_id, live) references vault_card (company_id, id, live);
create index card_token_vault on card_token (company_id, vault_id) where vault_id is not null;
create index card_token_kept_at on card_token (created_at) where vault_id is not null;

-- migrate: rollback
