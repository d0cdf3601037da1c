-- The demo shop: tables and what they mean. Keys and indexes follow the rows (shop_keys.sql).

CREATE SCHEMA shop;
SET LOCAL search_path = shop;

CREATE TABLE countries (
    country_code text NOT NULL,
    name text NOT NULL,
    region text NOT NULL
);
COMMENT ON TABLE countries IS 'Countries that the shop delivers to';
COMMENT ON COLUMN countries.country_code IS 'ISO 3166 code of two letters';
COMMENT ON COLUMN countries.name IS 'Name of the country in English';
COMMENT ON COLUMN countries.region IS 'Part of the world';

CREATE TABLE suppliers (
    supplier_id integer NOT NULL,
    name text NOT NULL,
    city text NOT NULL,
    country_code text NOT NULL,
    lead_time_days integer NOT NULL
);
COMMENT ON TABLE suppliers IS 'Companies that the shop buys its products from';
COMMENT ON COLUMN suppliers.supplier_id IS 'Number of the supplier';
COMMENT ON COLUMN suppliers.name IS 'Name of the company';
COMMENT ON COLUMN suppliers.city IS 'City of the supplier';
COMMENT ON COLUMN suppliers.country_code IS 'Country of the supplier';
COMMENT ON COLUMN suppliers.lead_time_days IS 'Days from our order to their delivery';

CREATE TABLE categories (
    category_id integer NOT NULL,
    name text NOT NULL,
    description text NOT NULL
);
COMMENT ON TABLE categories IS 'Product categories';
COMMENT ON COLUMN categories.category_id IS 'Number of the category';
COMMENT ON COLUMN categories.name IS 'Name of the category';
COMMENT ON COLUMN categories.description IS 'What belongs into the category';

CREATE TABLE products (
    product_id integer NOT NULL,
    name text NOT NULL,
    brand text NOT NULL,
    category_id integer NOT NULL,
    supplier_id integer NOT NULL,
    price numeric(10, 2) NOT NULL,
    purchase_cost numeric(10, 2) NOT NULL,
    weight_kg numeric(7, 3) NOT NULL,
    units_in_stock integer NOT NULL,
    launched_on date NOT NULL,
    discontinued_on date
);
COMMENT ON TABLE products IS 'Products that the shop sells or has sold';
COMMENT ON COLUMN products.product_id IS 'Number of the product';
COMMENT ON COLUMN products.name IS 'Name of the product';
COMMENT ON COLUMN products.brand IS 'Brand of the product';
COMMENT ON COLUMN products.category_id IS 'Category of the product';
COMMENT ON COLUMN products.supplier_id IS 'Supplier of the product';
COMMENT ON COLUMN products.price IS 'Today''s list price of one unit in euros';
COMMENT ON COLUMN products.purchase_cost IS 'What one unit costs the shop, in euros';
COMMENT ON COLUMN products.weight_kg IS 'Weight of one unit in kilograms';
COMMENT ON COLUMN products.units_in_stock IS 'Units in the warehouse';
COMMENT ON COLUMN products.launched_on IS 'First day of sale';
COMMENT ON COLUMN products.discontinued_on IS 'Last day of sale; empty while the product is sold';

CREATE TABLE customers (
    customer_id integer NOT NULL,
    first_name text NOT NULL,
    last_name text NOT NULL,
    email text NOT NULL,
    phone text,
    birth_date date,
    city text NOT NULL,
    country_code text NOT NULL,
    segment text NOT NULL,
    newsletter boolean NOT NULL,
    registered_on date NOT NULL
);
COMMENT ON TABLE customers IS 'People and companies with an account';
COMMENT ON COLUMN customers.customer_id IS 'Number of the customer';
COMMENT ON COLUMN customers.first_name IS 'First name';
COMMENT ON COLUMN customers.last_name IS 'Last name';
COMMENT ON COLUMN customers.email IS 'E-mail address';
COMMENT ON COLUMN customers.phone IS 'Telephone number; empty if not given';
COMMENT ON COLUMN customers.birth_date IS 'Date of birth; empty if not given';
COMMENT ON COLUMN customers.city IS 'City where the customer lives';
COMMENT ON COLUMN customers.country_code IS 'Country where the customer lives';
COMMENT ON COLUMN customers.segment IS 'Kind of customer: consumer, business or education';
COMMENT ON COLUMN customers.newsletter IS 'Whether the customer gets the newsletter';
COMMENT ON COLUMN customers.registered_on IS 'Day on which the account was made';

CREATE TABLE orders (
    order_id integer NOT NULL,
    customer_id integer NOT NULL,
    ordered_at timestamp(0) NOT NULL,
    status text NOT NULL,
    channel text NOT NULL,
    payment_method text NOT NULL,
    total numeric(10, 2) NOT NULL
);
COMMENT ON TABLE orders IS 'Orders placed by customers';
COMMENT ON COLUMN orders.order_id IS 'Number of the order';
COMMENT ON COLUMN orders.customer_id IS 'Customer who placed the order';
COMMENT ON COLUMN orders.ordered_at IS 'When the order was placed';
COMMENT ON COLUMN orders.status IS 'processing, shipped, delivered or cancelled';
COMMENT ON COLUMN orders.channel IS 'Where the order was placed: website, mobile app, phone or store';
COMMENT ON COLUMN orders.payment_method IS 'How the order was paid';
COMMENT ON COLUMN orders.total IS 'Sum of all items in euros, after discounts';

CREATE TABLE order_items (
    order_item_id integer NOT NULL,
    order_id integer NOT NULL,
    product_id integer NOT NULL,
    quantity integer NOT NULL,
    unit_price numeric(10, 2) NOT NULL,
    discount_percent integer NOT NULL
);
COMMENT ON TABLE order_items IS 'Products within an order';
COMMENT ON COLUMN order_items.order_item_id IS 'Number of the item';
COMMENT ON COLUMN order_items.order_id IS 'Order that the item belongs to';
COMMENT ON COLUMN order_items.product_id IS 'Product that was ordered';
COMMENT ON COLUMN order_items.quantity IS 'Units ordered';
COMMENT ON COLUMN order_items.unit_price IS 'Price paid for one unit in euros, after the discount';
COMMENT ON COLUMN order_items.discount_percent IS 'Discount on the list price of that day, in percent';

CREATE TABLE shipments (
    shipment_id integer NOT NULL,
    order_id integer NOT NULL,
    carrier text NOT NULL,
    tracking_number text NOT NULL,
    shipping_cost numeric(8, 2) NOT NULL,
    shipped_at timestamp(0) NOT NULL,
    delivered_at timestamp(0)
);
COMMENT ON TABLE shipments IS 'Parcels sent to customers; an order can have none yet, one or two';
COMMENT ON COLUMN shipments.shipment_id IS 'Number of the shipment';
COMMENT ON COLUMN shipments.order_id IS 'Order that was shipped';
COMMENT ON COLUMN shipments.carrier IS 'Company that carries the parcel';
COMMENT ON COLUMN shipments.tracking_number IS 'The carrier''s number of the parcel';
COMMENT ON COLUMN shipments.shipping_cost IS 'What the carrier charges the shop, in euros';
COMMENT ON COLUMN shipments.shipped_at IS 'When the parcel left the warehouse';
COMMENT ON COLUMN shipments.delivered_at IS 'When the parcel was delivered; empty while on its way';

CREATE TABLE returns (
    return_id integer NOT NULL,
    order_item_id integer NOT NULL,
    returned_on date NOT NULL,
    reason text NOT NULL,
    quantity integer NOT NULL,
    refund_amount numeric(10, 2) NOT NULL,
    refunded_on date
);
COMMENT ON TABLE returns IS 'Items that customers sent back';
COMMENT ON COLUMN returns.return_id IS 'Number of the return';
COMMENT ON COLUMN returns.order_item_id IS 'Item that was sent back';
COMMENT ON COLUMN returns.returned_on IS 'Day on which the item came back';
COMMENT ON COLUMN returns.reason IS 'Why the item was sent back';
COMMENT ON COLUMN returns.quantity IS 'Units sent back';
COMMENT ON COLUMN returns.refund_amount IS 'Money given back, in euros';
COMMENT ON COLUMN returns.refunded_on IS 'Day of the refund; empty until it is paid';
