CREATE TABLE notes (
    id         INTEGER PRIMARY KEY,
    title      TEXT NOT NULL UNIQUE CHECK (length(title) BETWEEN 1 AND 100),
    text       TEXT NOT NULL DEFAULT '',
    pinned     INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1)),
    due_at     TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
