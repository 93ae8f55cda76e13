// What JDBC's setters come to: each works, or is told with a HINT.
import java.sql.*;
import org.postgresql.util.*;

class Typing {
    interface Setter {
        void set(PreparedStatement statement) throws SQLException;
    }

    static final String DOCUMENT = "{\"external_id\": \"T-1\", \"name\": \"Tee\", \"tags\": [\"cotton\"]}";
    static final String ACTIONS = "{\"tags\": \"APPEND\"}";
    static final String CAST = "42883 No function matches the given name and argument types. You might need to add explicit type casts.";
    static Connection connection;
    static boolean wrong;

    static PGobject typed(String type) throws SQLException {
        PGobject object = new PGobject();
        object.setType(type);
        object.setValue(DOCUMENT);
        return object;
    }

    static void expect(String expected, String sql, Setter setter) {
        String came = "works";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            setter.set(statement);
            statement.executeQuery();
        } catch (PSQLException error) {
            came = error.getSQLState() + " " + error.getServerErrorMessage().getHint();
        } catch (SQLException error) {
            came = error.toString();
        }
        if (came.equals(expected)) return;
        wrong = true;
        System.out.println(sql + ": " + came + "\n  and not: " + expected);
    }

    static void more(String expected, String argument, Setter setter) {
        expect(expected, "SELECT product_upsert('" + DOCUMENT + "', " + argument + ")", setter);
    }

    public static void main(String[] arguments) throws Exception {
        connection = DriverManager.getConnection(System.getenv("JDBC_URL"));
        String one = "SELECT product_upsert(?)";
        expect("works", one, s -> s.setString(1, DOCUMENT));
        expect("works", one, s -> s.setObject(1, DOCUMENT, Types.OTHER));
        expect("works", one, s -> s.setObject(1, typed("json")));
        expect("works", one, s -> s.setObject(1, typed("jsonb")));
        expect("22004 Pass a JSON object, or an array of them to the bulk functions.", one, s -> s.setNull(1, Types.VARCHAR));
        more("works", "mode => ?", s -> s.setString(1, "update"));
        more("22004 Valid are upsert, create, update.", "mode => ?", s -> s.setNull(1, Types.VARCHAR));
        more("works", "profile => ?", s -> s.setNull(1, Types.VARCHAR));
        more("works", "if_version => ?", s -> s.setInt(1, 1));
        more(CAST, "if_version => ?", s -> s.setLong(1, 1));
        more("works", "if_version => ?::integer", s -> s.setLong(1, 1));
        more("works", "organization_id => ?", s -> s.setInt(1, 1));
        more("works", "organization_id => ?", s -> s.setLong(1, 1));
        more("works", "dry_run => ?", s -> s.setBoolean(1, true));
        more(CAST, "field_actions => ?", s -> s.setString(1, ACTIONS));
        more("works", "field_actions => ?::jsonb", s -> s.setString(1, ACTIONS));
        expect("works", "SELECT product_get(?)", s -> s.setLong(1, 1));
        expect(CAST, "SELECT product_get(?)", s -> s.setString(1, "1"));
        expect("works", "SELECT product_get(?::bigint)", s -> s.setString(1, "1"));
        expect("works", "SELECT * FROM product_upsert_from(?)", s -> s.setString(1, "feed"));
        expect(CAST, "SELECT * FROM product_request_text('agency', 'GET', '/api/products/1', headers => ?)", s -> s.setString(1, "{}"));
        expect("works", "SELECT * FROM product_request_text('agency', 'GET', '/api/products/1', headers => ?::jsonb)", s -> s.setString(1, "{}"));
        System.exit(wrong ? 1 : 0);
    }
}
