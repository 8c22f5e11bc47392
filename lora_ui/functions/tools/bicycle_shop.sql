-- The sample database of the SQL tool: a bicycle shop that never was.
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT NOT NULL, customer_since TEXT NOT NULL);
CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT NOT NULL, category TEXT NOT NULL, price_eur REAL NOT NULL, stock INTEGER NOT NULL);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), ordered_on TEXT NOT NULL, status TEXT NOT NULL);
CREATE TABLE order_items (order_id INTEGER NOT NULL REFERENCES orders (id), product_id INTEGER NOT NULL REFERENCES products (id), quantity INTEGER NOT NULL, PRIMARY KEY (order_id, product_id));

INSERT INTO customers VALUES
(1, 'Ada Brandt', 'Hamburg', '2019-03-14'),
(2, 'Bruno Costa', 'Porto', '2020-07-02'),
(3, 'Chioma Eze', 'London', '2021-01-20'),
(4, 'Dmitri Volkov', 'Riga', '2018-11-05'),
(5, 'Elif Kaya', 'Istanbul', '2022-05-30'),
(6, 'Finn O''Hara', 'Dublin', '2020-02-11'),
(7, 'Greta Lind', 'Malmö', '2019-09-23'),
(8, 'Hugo Moreau', 'Lyon', '2023-04-18'),
(9, 'Ines Ferreira', 'Porto', '2023-08-09'),
(10, 'Jonas Weber', 'Hamburg', '2021-12-01'),
(11, 'Katya Novak', 'Brno', '2022-10-27'),
(12, 'Liam Byrne', 'Dublin', '2024-01-15');

INSERT INTO products VALUES
(1, 'City bike Harbour 7', 'bike', 749.00, 6),
(2, 'Gravel bike Moor 2', 'bike', 1890.00, 3),
(3, 'E-bike Tide', 'bike', 2650.00, 2),
(4, 'Children''s bike Puffin', 'bike', 289.00, 9),
(5, 'Folding bike Pocket', 'bike', 920.00, 0),
(6, 'Helmet Shell', 'clothing', 59.90, 41),
(7, 'Rain jacket Squall', 'clothing', 119.00, 17),
(8, 'Gloves Grip', 'clothing', 24.50, 30),
(9, 'Chain 9-speed', 'part', 18.90, 52),
(10, 'Brake pads', 'part', 9.80, 120),
(11, 'Saddle Comfort', 'part', 44.00, 14),
(12, 'Tyre 28 inch', 'part', 32.00, 38),
(13, 'Front light Beam', 'accessory', 39.90, 25),
(14, 'Lock Anchor', 'accessory', 69.00, 19),
(15, 'Pannier bag Dune', 'accessory', 84.00, 0),
(16, 'Pump Breeze', 'accessory', 27.90, 33);

INSERT INTO orders VALUES
(1, 4, '2023-02-03', 'delivered'),
(2, 1, '2023-03-19', 'delivered'),
(3, 7, '2023-05-06', 'delivered'),
(4, 2, '2023-06-12', 'returned'),
(5, 3, '2023-07-28', 'delivered'),
(6, 10, '2023-09-15', 'delivered'),
(7, 1, '2023-11-02', 'delivered'),
(8, 6, '2023-12-09', 'delivered'),
(9, 8, '2024-01-22', 'delivered'),
(10, 5, '2024-02-14', 'cancelled'),
(11, 9, '2024-03-07', 'delivered'),
(12, 3, '2024-04-16', 'delivered'),
(13, 12, '2024-05-01', 'delivered'),
(14, 7, '2024-05-25', 'returned'),
(15, 11, '2024-06-18', 'delivered'),
(16, 2, '2024-07-04', 'delivered'),
(17, 10, '2024-08-20', 'shipped'),
(18, 1, '2024-08-29', 'shipped'),
(19, 6, '2024-09-10', 'open'),
(20, 5, '2024-09-12', 'open');

INSERT INTO order_items VALUES
(1, 2, 1), (1, 6, 1),
(2, 1, 1), (2, 14, 1), (2, 13, 2),
(3, 9, 2), (3, 10, 4),
(4, 7, 1),
(5, 3, 1), (5, 6, 1), (5, 8, 1),
(6, 4, 2), (6, 6, 2),
(7, 12, 2), (7, 16, 1),
(8, 15, 2),
(9, 1, 1),
(10, 5, 1), (10, 14, 1),
(11, 8, 2), (11, 7, 1),
(12, 11, 1), (12, 10, 2),
(13, 2, 1), (13, 14, 1), (13, 6, 1),
(14, 8, 1),
(15, 4, 1), (15, 16, 1),
(16, 12, 4), (16, 9, 1),
(17, 13, 1),
(18, 10, 6), (18, 16, 2),
(19, 3, 1), (19, 15, 1),
(20, 6, 3), (20, 13, 3);
