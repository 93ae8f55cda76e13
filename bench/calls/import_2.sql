CALL product_import('bench.row_feed', parallel => 2);
