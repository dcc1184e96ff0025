package dev.plimsoll.wire.settings;

import dev.plimsoll.wire.settings.Setting.Default;

import java.nio.file.Path;
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

    public static final Setting<Integer> REPLICAS = coordinator(
            "replicas",
            ValueType.integer(1, 15),
            new Default.Derived("3, or as many as there are brokers"),
            "Keeps so many replicas of each topic that this coordinator creates; of three or more, "
                    + "all but one must have a record before it counts.");

    public static final Setting<Path> HTTP_TOKENS = coordinator(
            "http-tokens",
            ValueType.path("FILE", "the path of a file"),
            new Default.Derived("no file; then only this machine is answered"),
            "Answers over HTTP only who names a token of this file, one a line after its role: "
                    + "`viewer` looks, `operator` changes the run. The file is read again when it "
                    + "has changed.");

    public static final Setting<List<String>> HTTP_NAMES = coordinator(
            "http-names",
            ValueType.hosts(),
            new Default.Derived("localhost, loopback addresses, and what quarkus.http.host names"),
            "Takes requests under these names of this machine too, as clients give them in the "
                    + "header Host.");

    private CoordinatorCatalogue() {}

    private static <T> Setting<T> coordinator(
            String name, ValueType<T> type, Default fallback, String help) {
        return new Setting<>(name, Scope.COORDINATOR, type, fallback, "", help);
    }

    static List<Setting<?>> all() {
        return List.of(
                ROLES,
                SERVE_SHARDS,
                TAKE_OVER,
                SAMPLE_PARTITIONS,
                REPLICAS,
                HTTP_TOKENS,
                HTTP_NAMES);
    }
}
