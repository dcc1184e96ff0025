package dev.plimsoll.cli.fleetmodel;

/** A figure that the model needs: each is measured somewhere, and a calibration says where. */
enum Parameter {
    ENGINE_TOKENS_PER_SECOND(
            "engineTokensPerSecond",
            "tokens/s of one engine in a loop without the product",
            17_477,
            "one H100, bf16, 8B, rank 16; docs/MEASUREMENTS.md"),
    COMPUTE_SPREAD(
            "computeSpread",
            "standard deviation of the time that a worker computes in a step, over its mean",
            0.01,
            "assumed; ends of a step are cut even"),
    GRADIENT_BYTES(
            "gradientBytes",
            "bytes of a contribution as it travels",
            84e6,
            "42 million parameters in bf16"),
    SUM_BYTES(
            "sumBytes",
            "bytes of a step's published sum as it travels",
            84e6,
            "42 million parameters in bf16"),
    STATE_BYTES(
            "stateBytes",
            "bytes of adapter and moments",
            504e6,
            "42 million parameters, three vectors in fp32"),
    STATE_EVERY("stateEvery", "steps from one written state to the next", 32, "the default"),
    LAYERS("layers", "layers of the model, each of which leaves by itself", 32, "the 8B shape"),
    SHARED_PART(
            "sharedPart",
            "of the time that a worker computes in a step: the backward pass of its last "
                    + "micro-batch, in which its sum leaves",
            0.33,
            "assumed: two micro-batches a step, two thirds of each backward"),
    SHARDS("shards", "shards of the parameter server, all on one host", 4, "as measured"),
    TAKE_MILLIS(
            "takeMillis",
            "from the command until the sum lies on the host as it travels",
            2,
            "80 MB from the device to pinned memory 1.5 ms, rounding 0.2 ms"),
    FOLD_MILLIS("foldMillis", "a fold of the own sum", 0.5, "AdamW of 42 million on an H100"),
    FOLD_READ_MILLIS(
            "foldReadMillis",
            "a fold of a sum that was read: to the device, then as above",
            4,
            "80 MB to the device 1.5 ms, decoding, AdamW 0.5 ms"),
    CLIENT_BYTES_PER_SECOND(
            "clientBytesPerSecond",
            "the most that one worker publishes or reads",
            600e6,
            "84 MB published, acknowledged and read by another in 141 ms"),
    BROKER_BYTES_PER_SECOND(
            "brokerBytesPerSecond",
            "the most that one broker takes and gives, together",
            2.7e9,
            "four times 84 MB published and read at once in 248 ms"),
    SHARD_BYTES_PER_SECOND(
            "shardBytesPerSecond",
            "the most that one shard reads, checks and adds, or publishes",
            500e6,
            "assumed; to be measured"),
    DECISION_MILLIS(
            "decisionMillis",
            "from a report, over the planner's transaction, to the command at its reader",
            12,
            "assumed; to be measured"),
    TRANSACTION_MILLIS(
            "transactionMillis",
            "a shard's transaction before its report can be read",
            8,
            "assumed; to be measured");

    private final String field;
    private final String meaning;
    private final double defaultValue;
    private final String defaultFrom;

    Parameter(String field, String meaning, double defaultValue, String defaultFrom) {
        this.field = field;
        this.meaning = meaning;
        this.defaultValue = defaultValue;
        this.defaultFrom = defaultFrom;
    }

    /** Its name in a calibration file; milliseconds, bytes and the like are in it. */
    String field() {
        return field;
    }

    String meaning() {
        return meaning;
    }

    double defaultValue() {
        return defaultValue;
    }

    String defaultFrom() {
        return defaultFrom;
    }
}
