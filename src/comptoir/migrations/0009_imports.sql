-- Imports: what was read from a file, and the rows that wait for others
-- depends: 0001_platform

-- migrate: apply
create table import_run (
    company_id uuid not null references company (id),
    id uuid not null,
    originator_id uuid not null,
    account_id uuid,
    live boolean not null,
    file_name text not null check (length(file_name) <= 256),
    file_hash bytea not null,
    mapping jsonb not null,
    state text not null check (state in ('running', 'finished', 'undoing', 'undone')),
    line int not null default 0,
    added int not null default 0,
    known int not null default 0,
    refused int not null default 0,
    started_at timestamptz not null,
    finished_at timestamptz,
    undone_at timestamptz,
    actor text not null,
    -- A file may be read again: counters are of the last reading, `added_before` is older.
    added_before int not null default 0,
    ignored int not null default 0,
    alone int not null default 0,
    -- The last batch that was stored. Each says which one it follows.
    batch uuid,
    undo_id uuid,
    undone int not null default 0,
    primary key (company_id, id)
);
create unique index import_run_file on import_run (company_id, originator_id, live, file_hash)
    where state <> 'undone';
create index import_run_list on import_run (company_id, live, id desc);

-- Rows that came before what they refer to; empty when the import has finished.
create table import_waiting (
    company_id uuid not null,
    import_id uuid not null,
    at timestamptz not null,
    line int not null,
    content jsonb not null,
    primary key (company_id, import_id, line),
    foreign key (company_id, import_id) references import_run (company_id, id)
);
create index import_waiting_in_time on import_waiting (company_id, import_id, at, line);
alter table import_waiting enable row level security;
alter table import_waiting force row level security;
create policy tenant on import_waiting to comptoir_app
    using (company_id = nullif(current_setting('comptoir.company', true), '')::uuid);
create policy platform on import_waiting to comptoir_platform using (true);
create policy owner on import_waiting to comptoir_owner using (true);
grant select, insert, delete on import_waiting to comptoir_app, comptoir_platform;

-- migrate: rollback
