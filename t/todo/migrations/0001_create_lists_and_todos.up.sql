CREATE TABLE lists (
    id    INTEGER PRIMARY KEY,
    title TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE todos (
    id         INTEGER PRIMARY KEY,
    list_id    INTEGER NOT NULL REFERENCES lists (id),
    title      TEXT NOT NULL,
    done       INTEGER NOT NULL DEFAULT 0 CHECK (done IN (0, 1)),
    tags       TEXT NOT NULL DEFAULT '[]',
    due        TEXT,
    created_at TEXT NOT NULL,
    UNIQUE (list_id, title),
    CONSTRAINT title_not_blank CHECK (trim(title) <> '')
) STRICT;

CREATE INDEX todos_by_age ON todos (created_at, id);
CREATE INDEX todos_by_done ON todos (done, created_at, id);

CREATE TABLE audit (
    id         INTEGER PRIMARY KEY,
    todo_id    INTEGER NOT NULL,
    action     TEXT NOT NULL,
    detail     TEXT NOT NULL,
    request_id TEXT NOT NULL,
    at         TEXT NOT NULL
) STRICT;
