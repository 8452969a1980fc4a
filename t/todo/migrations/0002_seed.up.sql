-- 3 lists and 1000 todos, a minute apart.
INSERT INTO lists (id, title) VALUES (1, 'Home'), (2, 'Work'), (3, 'Someday');

WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
INSERT INTO todos (id, list_id, title, done, tags, created_at)
SELECT i, 1 + i % 3, 'Todo ' || i, i % 4 = 0,
       CASE i % 5 WHEN 0 THEN '["urgent"]' ELSE '[]' END,
       strftime('%Y-%m-%dT%H:%M:%S.000Z', '2026-01-01', '+' || i || ' minutes')
FROM n;
