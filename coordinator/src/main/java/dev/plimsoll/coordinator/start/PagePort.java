package dev.plimsoll.coordinator.start;

import dev.plimsoll.wire.process.ExitCode;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;

/**
 * Looks, before Quarkus is started, whether the page's port can be had: Quarkus itself would say it
 * with stack traces. It asks where Quarkus asks, in that order: the system's properties, the
 * environment, the files .env and config/application.properties of the working directory.
 */
public final class PagePort {

    private static final String PORT = "quarkus.http.port";
    private static final String HOST = "quarkus.http.host";
    private static final String ENABLED = "quarkus.http.host-enabled";
    private static final int HIGHEST = 65_535;

    /** Quarkus's own. */
    private static final String DEFAULT_PORT = "8080";

    /** That of the application's own properties. */
    private static final String DEFAULT_HOST = "localhost";

    private final Properties properties;
    private final Map<String, String> environment;
    private final Properties dotEnv;
    private final Properties beside;

    /** @param directory the working directory */
    public PagePort(Properties properties, Map<String, String> environment, Path directory) {
        this.properties = properties;
        this.environment = environment;
        this.dotEnv = read(directory.resolve(".env"));
        this.beside = read(directory.resolve("config/application.properties"));
    }

    private static Properties read(Path file) {
        Properties found = new Properties();
        if (Files.isRegularFile(file)) {
            try (InputStream in = Files.newInputStream(file)) {
                found.load(in);
            } catch (IOException | IllegalArgumentException e) {
                throw new StartProblem(
                        ExitCode.INPUT,
                        file.toAbsolutePath() + " cannot be read (" + e.getMessage()
                                + "); mend it, or start elsewhere");
            }
        }
        return found;
    }

    /**
     * Throws {@link StartProblem}; 0, which takes a free port, can be had wherever the host can.
     */
    public void require() {
        if (!Boolean.parseBoolean(setting(ENABLED, "true"))) {
            return;
        }
        String host = setting(HOST, DEFAULT_HOST);
        int port = port();
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw new StartProblem(
                    ExitCode.INPUT,
                    HOST + " is '" + host + "', which is no name or address of this machine; give "
                            + "another one, or leave it out for " + DEFAULT_HOST);
        }
        try (ServerSocket socket = new ServerSocket()) {
            // as Vert.x does: connections of a process that has ended keep nobody waiting
            socket.setReuseAddress(true);
            socket.bind(address);
        } catch (IOException e) {
            throw new StartProblem(
                    ExitCode.INPUT,
                    "port " + port + " of " + host + " cannot be used (" + e.getMessage()
                            + "); give another one with -D" + PORT + "=N or the variable "
                            + variable(PORT) + ", or 0 for a free one");
        }
    }

    private int port() {
        String given = setting(PORT, DEFAULT_PORT);
        if (given.matches("\\d{1,5}") && Integer.parseInt(given) <= HIGHEST) {
            return Integer.parseInt(given);
        }
        throw new StartProblem(
                ExitCode.INPUT,
                PORT + " is '" + given + "'; give a whole number from 0 to " + HIGHEST);
    }

    private String setting(String name, String otherwise) {
        String[] found = {
            properties.getProperty(name),
            environment.get(variable(name)),
            dotEnv.getProperty(variable(name), dotEnv.getProperty(name)),
            beside.getProperty(name)
        };
        for (String value : found) {
            if (value != null && !value.isBlank()) {
                return value.strip();
            }
        }
        return otherwise;
    }

    /** As MicroProfile Config writes it. */
    private static String variable(String name) {
        return name.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT);
    }
}
