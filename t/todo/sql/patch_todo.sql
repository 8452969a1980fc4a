-- Absent members leave their columns unchanged; null sets NULL.
UPDATE todos
SET title = CASE WHEN :_has_title THEN :title ELSE title END,
    done  = CASE WHEN :_has_done THEN :done ELSE done END,
    tags  = CASE WHEN :_has_tags THEN :tags ELSE tags END,
    due   = CASE WHEN :_has_due THEN :due ELSE due END
WHERE id = :id
RETURNING id, list_id, title, done, tags, due, created_at
