-- Keys and indexes of the demo shop, made after the rows are in.

ALTER TABLE countries ADD PRIMARY KEY (country_code), ADD UNIQUE (name);
ALTER TABLE suppliers ADD PRIMARY KEY (supplier_id);
ALTER TABLE categories ADD PRIMARY KEY (category_id), ADD UNIQUE (name);
ALTER TABLE products ADD PRIMARY KEY (product_id), ADD UNIQUE (name);
ALTER TABLE customers ADD PRIMARY KEY (customer_id), ADD UNIQUE (email);
ALTER TABLE orders ADD PRIMARY KEY (order_id);
ALTER TABLE order_items ADD PRIMARY KEY (order_item_id), ADD UNIQUE (order_id, product_id);
ALTER TABLE shipments ADD PRIMARY KEY (shipment_id), ADD UNIQUE (tracking_number);
ALTER TABLE returns ADD PRIMARY KEY (return_id), ADD UNIQUE (order_item_id);

ALTER TABLE suppliers ADD FOREIGN KEY (country_code) REFERENCES countries;
ALTER TABLE products ADD FOREIGN KEY (category_id) REFERENCES categories, ADD FOREIGN KEY (supplier_id) REFERENCES suppliers;
ALTER TABLE customers ADD FOREIGN KEY (country_code) REFERENCES countries;
ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers;
ALTER TABLE order_items ADD FOREIGN KEY (order_id) REFERENCES orders, ADD FOREIGN KEY (product_id) REFERENCES products;
ALTER TABLE shipments ADD FOREIGN KEY (order_id) REFERENCES orders;
ALTER TABLE returns ADD FOREIGN KEY (order_item_id) REFERENCES order_items;

ALTER TABLE orders
    ADD CHECK (status IN ('processing', 'shipped', 'delivered', 'cancelled')),
    ADD CHECK (channel IN ('website', 'mobile app', 'phone', 'store'));
ALTER TABLE customers ADD CHECK (segment IN ('consumer', 'business', 'education'));

CREATE INDEX ON products (category_id);
CREATE INDEX ON customers (country_code);
CREATE INDEX ON orders (customer_id);
CREATE INDEX ON orders (ordered_at);
CREATE INDEX ON order_items (product_id);
CREATE INDEX ON shipments (order_id);
