import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;

/** Runs SQL with pgjdbc for the tests; lib/client.mjs has the protocol. */
public class JdbcClient {
	private static List<String> read(String line) {
		return Arrays.stream(line.split(" "))
			.map(field -> field.equals("-") ? null
				: new String(Base64.getDecoder().decode(field.substring(1)), StandardCharsets.UTF_8))
			.collect(Collectors.toList());
	}

	private static void write(List<String> fields) {
		System.out.println(fields.stream()
			.map(field -> field == null ? "-"
				: "=" + Base64.getEncoder().encodeToString(field.getBytes(StandardCharsets.UTF_8)))
			.collect(Collectors.joining(" ")));
	}

	private static Connection connect(List<String> fields) throws SQLException {
		Properties properties = new Properties();
		properties.setProperty("user", fields.get(3));
		if (fields.get(4) != null) {
			String escaped = fields.get(4).replaceAll("([\\\\\\s])", "\\\\$1");
			properties.setProperty("options", "-c pg_session_jwt.jwk=" + escaped);
		}
		String url = "jdbc:postgresql://" + fields.get(0) + ":" + fields.get(1) + "/" + fields.get(2);
		Connection connection = DriverManager.getConnection(url, properties);
		connection.setAutoCommit(false);
		return connection;
	}

	private static List<String> run(Connection connection, List<String> request) throws SQLException {
		if (request.get(0) != null) {
			String init = "SELECT auth.jwt_session_init(?, true)";
			try (PreparedStatement statement = connection.prepareStatement(init)) {
				statement.setString(1, request.get(0));
				statement.execute();
			}
		}
		String text = request.get(1).replaceAll("\\$\\d", "?");
		List<String> answer = new ArrayList<>();
		try (PreparedStatement statement = connection.prepareStatement(text)) {
			for (int i = 2; i < request.size(); i++)
				statement.setString(i - 1, request.get(i));
			boolean hasRows = statement.execute();
			answer.add("ok");
			answer.add(Integer.toString(statement.getUpdateCount()));
			if (hasRows)
				addCells(statement.getResultSet(), answer);
		}
		connection.commit();
		return answer;
	}

	private static void addCells(ResultSet rows, List<String> answer) throws SQLException {
		int columns = rows.getMetaData().getColumnCount();
		while (rows.next()) {
			for (int i = 1; i <= columns; i++)
				answer.add(rows.getString(i));
		}
	}

	public static void main(String[] arguments) throws Exception {
		BufferedReader input =
			new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
		try (Connection connection = connect(read(input.readLine()))) {
			for (String line = input.readLine(); line != null; line = input.readLine()) {
				try {
					write(run(connection, read(line)));
				} catch (SQLException error) {
					connection.rollback();
					write(Arrays.asList("error", error.getSQLState(), error.getMessage()));
				}
			}
		}
	}
}
