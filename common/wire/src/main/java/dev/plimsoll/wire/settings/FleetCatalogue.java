package dev.plimsoll.wire.settings;

import dev.plimsoll.wire.settings.Setting.Default;

import java.time.Duration;
import java.util.List;

/** How a run's work is spread: fixed by the coordinator that creates the run. */
public final class FleetCatalogue {

    public static final int MOST_SHARDS = 64;

    public static final Setting<Integer> SHARDS = fleet(
            "shards",
            ValueType.integer(1, MOST_SHARDS),
            new Default.Derived("one for 2.6 million parameters of the adapter, 2 to 16"),
            "fleet/shards",
            "Cuts the adapter into so many parts, each with its own parameter server.");

    public static final Setting<Integer> MAX_MICROBATCH_TOKENS = fleet(
            "max-microbatch-tokens",
            ValueType.integer(1, Integer.MAX_VALUE),
            new Default.Value("32768"),
            "fleet/maxMicroBatchTokens",
            "Packs at most so many tokens into a micro-batch, however much memory there is; a "
                    + "longer sequence goes alone.");

    public static final Setting<Integer> MAX_SEQUENCE_TOKENS = fleet(
            "max-sequence-tokens",
            ValueType.integer(2, Integer.MAX_VALUE),
            new Default.Derived("the model's max_position_embeddings"),
            "fleet/maxSequenceTokens",
            "Makes no sequence of more tokens than this; `long-samples` says what becomes of "
                    + "samples that have more.");

    public static final Setting<String> LONG_SAMPLES = fleet(
            "long-samples",
            ValueType.choice(List.of("reject", "truncate")),
            new Default.Value("reject"),
            "fleet/longSamples",
            "Rejects samples of more tokens than max-sequence-tokens, or cuts off their ends; a "
                    + "text that is cut gets no end token, and one of which nothing trained is "
                    + "left is rejected.");

    public static final Setting<String> UNTOLD_FIELDS = fleet(
            "untold-fields",
            ValueType.choice(List.of("reject", "drop")),
            new Default.Value("drop"),
            "fleet/untoldFields",
            "Rejects chats whose reasoning, tools, system message or content beside calls the "
                    + "model's chat template does not write, or trains them without; `submit` and "
                    + "its dry run say how many and what, and a metric counts them.");

    public static final Setting<Duration> LEASE = fleet(
            "lease",
            ValueType.time(Duration.ofMillis(500)),
            new Default.Value("8s"),
            "fleet/lease",
            "Counts a worker as lost after this time of silence.");

    private FleetCatalogue() {}

    private static <T> Setting<T> fleet(
            String name, ValueType<T> type, Default fallback, String wirePath, String help) {
        return new Setting<>(name, Scope.FLEET, type, fallback, wirePath, help);
    }

    static List<Setting<?>> all() {
        return List.of(
                SHARDS,
                MAX_MICROBATCH_TOKENS,
                MAX_SEQUENCE_TOKENS,
                LONG_SAMPLES,
                UNTOLD_FIELDS,
                LEASE);
    }
}
