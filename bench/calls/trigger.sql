INSERT INTO bench.landing SELECT document FROM bench.row_feed;
