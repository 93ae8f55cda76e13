-- The floor of a load of text: its lines parsed into jsonb, and the rows, which somebody else has flattened and typed.
CREATE TEMPORARY TABLE lines (line jsonb);
COPY lines FROM :'text_file' (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02');
\ir copy.sql
