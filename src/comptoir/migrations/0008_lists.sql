-- Who is let through, watched or refused
-- depends: 0002_merchants

-- migrate: apply
create table list_entry (
    company_id uuid not null references company (id),
    id uuid not null,
    live boolean not null,
    originator_id uuid,
    list text not null check (list in ('blacklist', 'whitelist', 'watchlist')),
    kind text not null check (kind in ('card', 'email', 'ip', 'country')),
    value bytea not null,
    shown text not null check (length(shown) <= 254),
    reason text check (length(reason) <= 256),
    actor text not null,
    created_at timestamptz not null,
    removed_at timestamptz,
    primary key (company_id, id),
    foreign key (company_id, originator_id) references originator (company_id, id)
);
create index list_entry_match on list_entry (company_id, live, kind, value)
    where removed_at is null;

-- Kept by the provider, applied to every company, shown to platform staff only.
create table global_list_entry (
    id uuid primary key,
    live boolean not null,
    kind text not null check (kind in ('card', 'email', 'ip', 'country')),
    value bytea not null,
    shown text not null check (length(shown) <= 254),
    reason text check (length(reason) <= 256),
    actor text not null,
    created_at timestamptz not null,
    removed_at timestamptz
);
create index global_list_entry_match on global_list_entry (live, kind, value)
    where removed_at is null;

-- migrate: rollback
