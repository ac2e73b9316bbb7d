-- Platform tables: provider, users, sessions, directory; no tenant owns them
-- depends:

-- migrate: apply
create extension if not exists pg_trgm;
create extension if not exists btree_gin;

create table provider (
    id int primary key default 1 check (id = 1),
    name text not null check (length(name) between 1 and 128),
    accent text not null default '#0b7285' check (accent ~ '^#[0-9a-f]{6}$'),
    support_email text,
    demo boolean not null default false,
    set_up_at timestamptz
);

create table company (
    id uuid primary key,
    name text not null check (length(name) between 1 and 128),
    legal_name text check (length(legal_name) <= 128),
    country char(2),
    time_zone text not null default 'UTC' check (length(time_zone) <= 64),
    website text check (length(website) <= 256),
    support_email text check (length(support_email) <= 256),
    state text not null default 'active' check (state in ('active', 'suspended')),
    created_at timestamptz not null default now()
);

create table directory (
    kind text not null,
    key_hash bytea not null,
    company_id uuid not null,
    target_id uuid not null,
    primary key (kind, key_hash)
);

create table app_user (
    id uuid primary key,
    email text not null check (email = lower(email) and length(email) between 3 and 254),
    name text not null check (length(name) between 1 and 128),
    platform_role text check (
        platform_role in ('administrator', 'operations', 'risk', 'accountant', 'support')
    ),
    password_hash text,
    password_changed_at timestamptz,
    must_change_password boolean not null default false,
    totp_secret bytea,
    totp_confirmed_at timestamptz,
    totp_last_step bigint,
    failures int not null default 0,
    locked_until timestamptz,
    disabled_at timestamptz,
    last_seen_at timestamptz,
    reopened_at timestamptz, -- By an administrator, after 90 days without use.
    language text not null default 'en' check (language in ('en', 'es', 'fr')),
    time_zone text not null default 'UTC' check (length(time_zone) <= 64),
    theme text not null default 'system' check (theme in ('system', 'light', 'dark')),
    density text not null default 'comfortable' check (density in ('comfortable', 'compact')),
    columns jsonb not null default '{}',
    created_at timestamptz not null default now()
);
create unique index app_user_email on app_user (email);

create table old_password (
    user_id uuid not null references app_user (id),
    password_hash text not null,
    retired_at timestamptz not null,
    primary key (user_id, password_hash)
);

create table membership (
    user_id uuid not null references app_user (id),
    company_id uuid not null references company (id),
    role text not null check (
        role in ('owner', 'finance', 'support', 'risk', 'developer', 'viewer')
    ),
    created_at timestamptz not null default now(),
    primary key (user_id, company_id)
);
create index membership_company on membership (company_id);

create table session (
    id uuid primary key,
    token_hash bytea not null unique,
    user_id uuid not null references app_user (id),
    stage text not null check (stage in ('totp', 'enrol', 'change_password', 'complete')),
    totp_pending bytea, -- A second factor being enrolled belongs to this session alone.
    company_id uuid references company (id),
    live boolean not null default false,
    csrf text not null,
    ip text,
    agent text,
    created_at timestamptz not null,
    seen_at timestamptz not null,
    ended_at timestamptz
);
create index session_user_id on session (user_id, created_at desc);

create table one_time_link (
    token_hash bytea primary key,
    user_id uuid references app_user (id),
    purpose text not null check (purpose in ('invitation', 'password', 'first')),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    check ((user_id is null) = (purpose = 'first'))
);
create index one_time_link_user on one_time_link (user_id, created_at);

create table platform_key (
    id uuid primary key,
    name text not null check (length(name) between 1 and 64),
    role text not null check (role in ('administrator', 'operations', 'support')),
    secret_hash bytea not null unique,
    hint text not null,
    created_at timestamptz not null default now(),
    revoked_at timestamptz
);

create table security_event (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    kind text not null,
    user_id uuid,
    ip text,
    data jsonb not null default '{}'
);
create index security_event_user on security_event (user_id, id desc);

-- migrate: rollback
