// JDBC: java -cp postgresql.jar:gson.jar Jdbc.java, with the database's URL in JDBC_URL. Gson is any JSON library.
import com.google.gson.*;
import java.io.StringReader;
import java.math.BigDecimal;
import java.sql.*;
import java.util.*;
import org.postgresql.PGConnection;
import org.postgresql.util.PSQLException;

class Jdbc {
    static String told(String errors) {
        List<String> all = new ArrayList<>();
        for (JsonElement e : JsonParser.parseString(errors).getAsJsonArray())
            all.add(e.getAsJsonObject().get("field").getAsString() + " " + e.getAsJsonObject().get("code").getAsString());
        return String.join(", ", all);
    }

    public static void main(String[] arguments) throws Exception {
        try (Connection connection = DriverManager.getConnection(System.getenv("JDBC_URL"))) {
            // One document. setString is all it takes: the functions read text.
            String document = "{\"external_id\": \"C-1\", \"name\": \"Espresso beans\", \"price\": 12.90}";
            try (PreparedStatement statement = connection.prepareStatement("SELECT product_upsert(?, 'external_id')")) {
                statement.setString(1, document);
                ResultSet rows = statement.executeQuery();
                rows.next();
                JsonObject product = JsonParser.parseString(rows.getString(1)).getAsJsonObject();
                System.out.printf("upsert: product %s is %s at %.2f%n", product.get("id").getAsString(), product.get("name").getAsString(),
                    product.get("price").getAsBigDecimal());
            }

            // Many, and what became of each.
            String broken = "{\"external_id\": \"C-3\", \"price\": \"cheap\"}";
            String documents = "[" + document + ", {\"external_id\": \"C-2\", \"name\": \"Filter papers\", \"price\": 3.50}, " + broken + "]";
            try (PreparedStatement statement = connection.prepareStatement(
                     "SELECT position, status, errors FROM product_upsert_rows(?, on_error => 'skip')")) {
                statement.setString(1, documents);
                for (ResultSet rows = statement.executeQuery(); rows.next();) {
                    String errors = rows.getString(3);
                    System.out.println("bulk: " + rows.getLong(1) + " " + rows.getString(2) + (errors == null ? "" : ": " + told(errors)));
                }
            }

            // Where all or nothing is written, the same errors stand in the DETAIL of the one that is raised.
            try (PreparedStatement statement = connection.prepareStatement("SELECT product_upsert_bulk(?)")) {
                statement.setString(1, "[" + broken + "]");
                statement.executeQuery();
            } catch (PSQLException error) {
                JsonObject detail = JsonParser.parseString(error.getServerErrorMessage().getDetail()).getAsJsonObject();
                System.out.println("error: " + error.getSQLState() + ": " + told(detail.get("errors").toString()));
            }

            // A BigDecimal goes in as numeric. Gson keeps the digits of what comes out.
            try (PreparedStatement statement = connection.prepareStatement(
                     "SELECT product_upsert(jsonb_build_object('external_id', ?::text, 'price', ?::numeric))")) {
                statement.setString(1, "C-2");
                statement.setBigDecimal(2, new BigDecimal("12345678901234567890.123456789"));
                ResultSet rows = statement.executeQuery();
                rows.next();
                System.out.println("exact: " + JsonParser.parseString(rows.getString(1)).getAsJsonObject().get("price").getAsBigDecimal());
            }

            // A COPY into a table with the trigger is a bulk call. Quote and delimiter are two characters that JSON cannot have, so each
            // line is taken as it is.
            String lines = "{\"external_id\": \"C-4\", \"name\": \"Pot \\\"No. 1\\\"\", \"price\": 24.00}\n";
            connection.unwrap(PGConnection.class).getCopyAPI().copyIn(
                "COPY feed (document) FROM STDIN (FORMAT csv, QUOTE e'\\x01', DELIMITER e'\\x02')", new StringReader(lines));
            ResultSet rows = connection.createStatement().executeQuery("SELECT name, price FROM product WHERE external_id = 'C-4'");
            while (rows.next()) System.out.printf("feed: %s at %.2f%n", rows.getString(1), rows.getBigDecimal(2));
        }
    }
}
