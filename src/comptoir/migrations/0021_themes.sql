-- How the hosted page of an originator looks; several looks per originator, one of them the usual one
-- depends: 0010_scope

-- migrate: apply
-- Shops name a theme by its number (`themeID`), so numbers are short and from one sequence.
create sequence checkout_theme_number start 1001 maxvalue 2147483647;

create table checkout_theme (
    company_id uuid not null references company (id),
    id bigint not null,
    originator_id uuid not null,
    name text not null check (length(name) between 1 and 64),
    main boolean not null,
    shop_name text check (length(shop_name) between 1 and 128),
    primary_colour text not null check (primary_colour ~ '^#[0-9a-f]{6}$'),
    background text not null check (background ~ '^#[0-9a-f]{6}$'),
    text_colour text not null check (text_colour ~ '^#[0-9a-f]{6}$'),
    radius int not null check (radius between 0 and 24),
    logo bytea check (octet_length(logo) between 1 and 200000),
    logo_type text check (logo_type in ('image/png', 'image/jpeg', 'image/webp')),
    logo_mark text check (logo_mark ~ '^[0-9a-f]{16}$'), -- Of its bytes: its address changes with it.
    created_at timestamptz not null,
    changed_at timestamptz not null,
    retired_at timestamptz, -- A retired theme is offered no more; old payments still show it.
    primary key (company_id, id),
    foreign key (company_id, originator_id) references originator (company_id, id),
    check ((logo is null) = (logo_type is null) and (logo is null) = (logo_mark is null)),
    check (not (main and retired_at is not null))
);
create index checkout_theme_originator on checkout_theme (company_id, originator_id, id);
create unique index checkout_theme_main on checkout_theme (company_id, originator_id) where main;

alter table checkout_theme enable row level security;
alter table checkout_theme force row level security;
create policy tenant on checkout_theme to comptoir_app using (
    company_id = nullif(current_setting('comptoir.company', true), '')::uuid);
create policy platform on checkout_theme to comptoir_platform using (true);
create policy owner on checkout_theme to comptoir_owner using (true);
grant select, insert, update on checkout_theme to comptoir_app, comptoir_platform;
grant usage on sequence checkout_theme_number to comptoir_app, comptoir_platform;

-- migrate: rollback
