package dev.plimsoll.wire.settings;

import dev.plimsoll.wire.settings.Setting.Default;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Settings of one coordinator process. They may differ from start to start. */
public final class CoordinatorCatalogue {

    /** A longer one is not sent. */
    public static final int MOST_SAMPLE_BYTES = 64 << 20;

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

    public static final Setting<Integer> MAX_SAMPLE_BYTES = coordinator(
            "max-sample-bytes",
            ValueType.integer(1_024, MOST_SAMPLE_BYTES),
            new Default.Value(Integer.toString(MOST_SAMPLE_BYTES)),
            "Rejects samples of more bytes of JSON than this, before they are read; ingest holds "
                    + "several times as much.");

    public static final Setting<Integer> MAX_TURNS = coordinator(
            "max-turns",
            ValueType.integer(2, Integer.MAX_VALUE),
            new Default.Value("65536"),
            "Rejects chats of more messages than this, before the model's chat template sees "
                    + "them.");

    public static final Setting<Long> TEMPLATE_WORK = coordinator(
            "template-work",
            ValueType.wholeNumber(100_000, 1_000_000_000_000L),
            new Default.Value("20000000"),
            "Rejects chats for which the model's chat template takes more operations than this, "
                    + "or writes more characters in all the renderings that show what is trained; "
                    + "20 million take some seconds.");

    public static final Setting<Integer> PAGE_WORKERS = coordinator(
            "page-workers",
            ValueType.integer(1, 1_000_000),
            new Default.Value("1000"),
            "Shows measures of so many workers on the page and in metrics, in the life of this "
                    + "process; a worker that starts again under another name is another one.");

    public static final Setting<Long> HTTP_UNREAD_SAMPLES = coordinator(
            "http-unread-samples",
            ValueType.wholeNumber(0, Long.MAX_VALUE),
            new Default.Value("100000"),
            "Refuses samples over HTTP, to be sent again later, while more than so many wait for "
                    + "ingest.");
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
        return List.of(
                ROLES,
                SERVE_SHARDS,
                TAKE_OVER,
                SAMPLE_PARTITIONS,
                REPLICAS,
                HTTP_TOKENS,
                HTTP_NAMES,
                MAX_SAMPLE_BYTES,
                MAX_TURNS,
                TEMPLATE_WORK,
                PAGE_WORKERS,
                HTTP_UNREAD_SAMPLES,
                JOIN_TIME);
    }
}
