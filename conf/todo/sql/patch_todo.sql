-- What is absent from the body stays as it is; a null sets null.
UPDATE todos
SET title = CASE WHEN :_has_title THEN :title ELSE title END,
    done  = CASE WHEN :_has_done THEN :done ELSE done END,
    tags  = CASE WHEN :_has_tags THEN :tags ELSE tags END,
    due   = CASE WHEN :_has_due THEN :due ELSE due END
WHERE id = :id AND owner_id = :_sub
RETURNING id, list_id, title, done, tags, due, created_at
