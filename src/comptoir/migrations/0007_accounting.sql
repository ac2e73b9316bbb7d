-- The ledger's entries, and what payments cost
-- depends: 0002_merchants

-- migrate: apply
create table entry (
    company_id uuid not null,
    cause_id uuid not null,
    cause text not null check (cause in ('outcome', 'settled', 'fee', 'expired', 'undo')),
    line int not null check (line between 1 and 20),
    account text not null check (
        account in (
            'receivable', 'payable', 'bank', 'fee_income', 'gateway_cost', 'authorised',
            'authorised_contra', 'disputed'
        )
    ),
    merchant_account_id uuid,
    amount_minor bigint not null check (amount_minor <> 0),
    currency char(3) not null,
    live boolean not null,
    at timestamptz not null,
    primary key (company_id, cause_id, cause, line)
);
create index entry_account on entry (company_id, live, account, currency);

create table price (
    company_id uuid not null references company (id),
    id uuid not null,
    side text not null check (side in ('cost', 'price')),
    account_id uuid,
    operation text check (length(operation) <= 16),
    method text check (length(method) <= 32),
    brand text check (length(brand) <= 16),
    region text check (region in ('domestic', 'eea', 'international')),
    currency char(3) not null,
    percent numeric(7, 4) not null check (percent between 0 and 100),
    fixed_minor bigint not null check (fixed_minor >= 0),
    minimum_minor bigint not null check (minimum_minor >= 0),
    valid_from timestamptz not null,
    created_at timestamptz not null default now(),
    primary key (company_id, id),
    foreign key (company_id, account_id) references merchant_account (company_id, id),
    check ((side = 'cost') = (account_id is not null))
);
create index price_find on price (company_id, side, currency, valid_from desc);

-- migrate: rollback
