package dev.plimsoll.coordinator.start;

import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.settings.CoordinatorCatalogue;
import dev.plimsoll.wire.settings.SettingProblem;

import java.util.Map;
import java.util.Properties;

/** Where this process listens for HTTP, and whether it may. */
public final class ListenAddress {

    private static final String PROPERTY = "quarkus.http.host";
    private static final String VARIABLE = "QUARKUS_HTTP_HOST";

    private ListenAddress() {}

    /**
     * Throws {@link StartProblem} when others could reach a process that asks nobody who they are.
     */
    public static void require(
            CoordinatorSettings settings, Properties properties, Map<String, String> environment) {
        String host =
                properties.getProperty(PROPERTY, environment.getOrDefault(VARIABLE, "localhost"));
        var file = settings.values().given(CoordinatorCatalogue.HTTP_TOKENS);
        try {
            file.ifPresent(HttpTokens::read);
        } catch (SettingProblem e) {
            throw new StartProblem(e.exitCode(), e.getMessage());
        }
        if (!isLoopback(host) && file.isEmpty()) {
            throw new StartProblem(
                    ExitCode.INPUT,
                    PROPERTY + " is " + host + ", which others reach, and http-tokens is not "
                            + "given: anybody could change this run; give --http-tokens FILE, or "
                            + "leave " + PROPERTY + " out");
        }
    }

    /** Whether only this machine reaches what listens there. */
    public static boolean isLoopback(String host) {
        String bare = host.strip().replaceAll("[\\[\\]]", "");
        return bare.equalsIgnoreCase("localhost")
                || bare.equals("::1")
                || bare.equals("0:0:0:0:0:0:0:1")
                || bare.matches("127(\\.\\d{1,3}){3}");
    }
}
