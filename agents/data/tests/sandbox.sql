-- A database that hostile statements are run against: a role that can only read, hidden columns, rows and tables.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA app;
CREATE SCHEMA secret;

CREATE TABLE app.customers (id int PRIMARY KEY, name text, card_number text);
INSERT INTO app.customers SELECT n, (ARRAY['ann', 'bob', 'carl', 'dora lee'])[n % 4 + 1], 'card ' || n
  FROM generate_series(1, 50) n;

CREATE TABLE app.orders (
  id serial PRIMARY KEY, customer_id int REFERENCES app.customers, amount numeric(10, 2), at timestamptz,
  tenant_id int NOT NULL DEFAULT 1);
INSERT INTO app.orders (customer_id, amount, at, tenant_id)
  SELECT n % 40 + 1, n * 1.25, timestamptz '2026-01-01' + n * interval '1 day', 1 FROM generate_series(1, 200) n;
INSERT INTO app.orders (customer_id, amount, at, tenant_id) VALUES (1, 100, '2026-02-01', 2), (2, 7, '2026-02-02', 2);
ALTER TABLE app.orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON app.orders USING (tenant_id = current_setting('app.tenant_id')::int);

CREATE TABLE app.big AS SELECT n AS id, 'name ' || n AS name, repeat('x', 200) AS filler FROM generate_series(1, 50000) n;
ANALYZE app.big;
CREATE TABLE secret.salaries (id int, name text, pay numeric);
INSERT INTO secret.salaries VALUES (1, 'bob', 123456);

CREATE FUNCTION app.write_attr(app.customers) RETURNS int LANGUAGE sql AS
  'UPDATE app.customers SET name = name WHERE id = ($1).id RETURNING id';
CREATE FUNCTION app.write_secdef() RETURNS int LANGUAGE sql SECURITY DEFINER AS
  'UPDATE app.customers SET name = ''changed'' RETURNING id';
CREATE PROCEDURE app.do_write() LANGUAGE sql AS 'UPDATE app.orders SET amount = 0';
CREATE VIEW app.v_with_write AS SELECT app.write_secdef() AS written;

REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA app FROM PUBLIC;
REVOKE TEMPORARY, CREATE ON DATABASE sandbox FROM PUBLIC;
CREATE ROLE agent_ro LOGIN PASSWORD 'agent' NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE agent_ro SET default_transaction_read_only = on;
ALTER ROLE agent_ro SET temp_file_limit = '64MB';
ALTER ROLE agent_ro SET app.tenant_id = '1';
GRANT USAGE ON SCHEMA app TO agent_ro;
GRANT SELECT ON app.orders, app.big, app.v_with_write TO agent_ro;
GRANT SELECT (id, name) ON app.customers TO agent_ro;
