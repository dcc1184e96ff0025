package dev.plimsoll.wire.settings;

import dev.plimsoll.wire.settings.Setting.Default;

import java.time.Duration;
import java.util.List;

/** Settings of one coordinator process. They may differ from start to start. */
public final class CoordinatorCatalogue {

    private static final List<String> ALL_ROLES = List.of("ingest", "plan", "parameters");

    public static final Setting<List<String>> ROLES = coordinator(
            "roles",
            ValueType.choices(ALL_ROLES),
            new Default.Value(String.join(",", ALL_ROLES)),
            "Takes these roles; a process for each of them spreads the work.");

    public static final Setting<List<Integer>> SERVE_SHARDS = coordinator(
            "serve-shards",
            ValueType.integers(0, FleetCatalogue.MOST_SHARDS - 1),
            new Default.Derived("all shards"),
            "Serves only these shards in the role parameters.");

    public static final Setting<Boolean> TAKE_OVER = coordinator(
            "take-over",
            ValueType.FLAG,
            new Default.Value("false"),
            "Fences off another coordinator of this prefix, whether it is alive or not.");

    public static final Setting<Integer> SAMPLE_PARTITIONS = coordinator(
            "sample-partitions",
            ValueType.integer(1, Integer.MAX_VALUE),
            new Default.Value("1"),
            "Gives the topic samples so many partitions if it does not exist yet.");

    public static final Setting<List<String>> HTTP_NAMES = coordinator(
            "http-names",
            ValueType.hosts(),
            new Default.Derived("localhost, loopback addresses, and what quarkus.http.host names"),
            "Takes requests that change the run under these names of this machine too, as clients "
                    + "give them in the header Host.");

    public static final Setting<Duration> JOIN_TIME = coordinator(
            "join-time",
            ValueType.time(Duration.ofSeconds(1)),
            new Default.Value("2m"),
            "Counts on a worker to take so long from being asked for until it trains; the answer "
                    + "to an autoscaler asks for none that would then train less than four times "
                    + "as long.");

    private CoordinatorCatalogue() {}

    private static <T> Setting<T> coordinator(
            String name, ValueType<T> type, Default fallback, String help) {
        return new Setting<>(name, Scope.COORDINATOR, type, fallback, "", help);
    }

    static List<Setting<?>> all() {
        return List.of(ROLES, SERVE_SHARDS, TAKE_OVER, SAMPLE_PARTITIONS, HTTP_NAMES, JOIN_TIME);
    }
}
