-- Each row belongs to an account. Leat keeps the accounts in its own table _leat_users.
CREATE TABLE lists (
    id       INTEGER PRIMARY KEY,
    owner_id TEXT NOT NULL REFERENCES _leat_users (id) ON DELETE CASCADE,
    title    TEXT NOT NULL,
    UNIQUE (owner_id, title),
    UNIQUE (id, owner_id)
) STRICT;

CREATE TABLE todos (
    id         INTEGER PRIMARY KEY,
    owner_id   TEXT NOT NULL,
    list_id    INTEGER NOT NULL,
    title      TEXT NOT NULL,
    done       INTEGER NOT NULL DEFAULT 0 CHECK (done IN (0, 1)),
    tags       TEXT NOT NULL DEFAULT '[]',
    due        TEXT,
    created_at TEXT NOT NULL,
    UNIQUE (list_id, title),
    CONSTRAINT title_not_blank CHECK (trim(title) <> ''),
    -- A todo is in a list of its owner.
    FOREIGN KEY (list_id, owner_id) REFERENCES lists (id, owner_id) ON DELETE CASCADE
) STRICT;

CREATE INDEX todos_by_age ON todos (owner_id, created_at, id);
CREATE INDEX todos_by_done ON todos (owner_id, done, created_at, id);

CREATE TABLE audit (
    id         INTEGER PRIMARY KEY,
    todo_id    INTEGER NOT NULL,
    action     TEXT NOT NULL,
    detail     TEXT NOT NULL,
    request_id TEXT NOT NULL,
    at         TEXT NOT NULL
) STRICT;
