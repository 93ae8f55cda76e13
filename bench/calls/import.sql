CALL product_import('bench.row_feed');
