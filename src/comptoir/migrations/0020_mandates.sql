-- What a shopper signed so that a bank account may be debited. The account's whole number is not kept
-- depends: 0010_scope

-- migrate: apply
create table debit_mandate (
    company_id uuid not null references company (id),
    operation_id uuid not null,
    payment_id uuid not null,
    reference text not null check (length(reference) <= 35), -- As the bank statement names it.
    holder text not null check (length(holder) <= 128),
    iban text not null check (iban ~ '^[A-Z]{2}[0-9]{2}X+[0-9A-Z]{4}$'), -- Its ends alone.
    bic text check (length(bic) <= 11),
    bank_name text check (length(bank_name) <= 128),
    country char(2) not null,
    signed_at timestamptz not null,
    primary key (company_id, operation_id)
);
create index debit_mandate_payment on debit_mandate (company_id, payment_id);
alter table debit_mandate enable row level security;
alter table debit_mandate force row level security;
create policy tenant on debit_mandate to comptoir_app using (
    company_id = nullif(current_setting('comptoir.company', true), '')::uuid);
create policy platform on debit_mandate to comptoir_platform using (true);
create policy owner on debit_mandate to comptoir_owner using (true);
grant select, insert on debit_mandate to comptoir_app, comptoir_platform;

-- migrate: rollback
