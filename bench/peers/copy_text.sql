-- The floor of any feed of text: its lines into a table, neither parsed nor compared.
CREATE TEMPORARY TABLE lines (line text);
COPY lines FROM :'text_file' (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02');
