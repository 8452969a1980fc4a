DROP TABLE audit;
DROP TABLE todos;
DROP TABLE lists;
