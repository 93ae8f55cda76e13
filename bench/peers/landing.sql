-- The insert into the table of documents by itself, without the trigger.
INSERT INTO bench.silent_landing SELECT document FROM bench.row_feed;
