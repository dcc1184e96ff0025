package dev.plimsoll.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.model.samples.SampleIds;
import dev.plimsoll.wire.sample.RejectionReason;

import org.apache.kafka.clients.consumer.ConsumerRecord;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * What somebody wants trained, and what ought to become of it.
 *
 * @param id empty when its submitter gives none: then each record is a sample of its own
 * @param value null when the record has none
 * @param sample what it is when it is trained
 * @param deserves empty when it is to be trained, unless another content has its id
 */
record SimSubmission(
        Optional<String> id,
        IdIn idIn,
        byte[] value,
        Map<String, String> headers,
        SimSample sample,
        Optional<RejectionReason> deserves) {
    /** Where the submitter writes the id. */
    enum IdIn {
        KEY,
        HEADER,
        FIELD
    }

    private static final int KINDS = 24;
    private static final int ONE_IN_REUSES_AN_ID = 8;
    private static final int ONE_IN_HAS_NO_ID = 8;
    /** Twice at once, and again later. */
    private static final int MOST_SENDS_WITHOUT_ID = 3;

    /** A quarter more than the run is to have samples: some are refused. */
    static List<SimSubmission> plan(SimWorld world) {
        List<SimSubmission> plan = new ArrayList<>();
        int number = world.scenario.samples() + world.scenario.samples() / 4;
        for (int i = 0; i < number; i++) {
            SplittableRandom random = world.random("submission-" + i);
            SimSample sample = SimSample.draw(i, world.random("sample-" + i), SimWorld.MAX_TOKENS);
            Optional<String> id = Optional.of("id-" + i);
            if (i > 0 && random.nextInt(ONE_IN_REUSES_AN_ID) == 0) {
                id = plan.get(random.nextInt(i)).id();
            } else if (random.nextInt(ONE_IN_HAS_NO_ID) == 0) {
                id = Optional.empty();
            }
            IdIn idIn = IdIn.values()[random.nextInt(IdIn.values().length)];
            plan.add(of(random.nextInt(KINDS), i, sample, id, idIn)
                    .with(SimSources.headers(world, i)));
        }
        return plan;
    }

    private SimSubmission with(Map<String, String> more) {
        Map<String, String> all = new TreeMap<>(headers);
        all.putAll(more);
        return new SimSubmission(id, idIn, value, all, sample, deserves);
    }

    /** So many samples they can become: what has no id is another one when it is sent twice. */
    static int most(List<SimSubmission> plan) {
        return plan.stream()
                .mapToInt(submission -> submission.id().isEmpty() ? MOST_SENDS_WITHOUT_ID : 1)
                .sum();
    }

    private static SimSubmission of(
            int kind, int number, SimSample sample, Optional<String> id, IdIn idIn) {
        String text = SimTokenizer.text(number, sample);
        String cut = "{\"text\":\"beginning of " + number + "\"";
        IdIn outside = idIn == IdIn.FIELD ? IdIn.KEY : idIn;
        return switch (kind) {
            case 0 -> refused(id, outside, "not JSON " + number, sample, RejectionReason.NOT_JSON);
            case 1 ->
                refused(
                        id,
                        outside,
                        "{\"shape\":" + number + "}",
                        sample,
                        RejectionReason.UNKNOWN_SHAPE);
            case 2 ->
                refused(
                        id,
                        outside,
                        "{\"text\":" + number + "}",
                        sample,
                        RejectionReason.BAD_FIELD);
            case 3 ->
                new SimSubmission(
                        id, outside, null, Map.of(), sample, Optional.of(RejectionReason.NOT_JSON));
            case 4, 5 -> {
                Map<String, String> headers = new TreeMap<>(Map.of("plimsoll_oversize", "600000"));
                if (kind == 4) {
                    headers.put(
                            "plimsoll_sha256",
                            SampleIds.contentHash(("whole " + number).getBytes(UTF_8)));
                }
                yield new SimSubmission(
                        id,
                        outside,
                        cut.getBytes(UTF_8),
                        headers,
                        sample,
                        Optional.of(RejectionReason.TOO_LARGE));
            }
            case 6 ->
                refused(
                        id,
                        idIn,
                        json(id, idIn, SimTokenizer.refusedText(number)),
                        sample,
                        RejectionReason.TOO_MANY_TOKENS);
            default ->
                new SimSubmission(
                        id,
                        idIn,
                        json(id, idIn, text).getBytes(UTF_8),
                        Map.of(),
                        sample,
                        Optional.empty());
        };
    }

    private static SimSubmission refused(
            Optional<String> id,
            IdIn idIn,
            String value,
            SimSample sample,
            RejectionReason reason) {
        return new SimSubmission(
                id, idIn, value.getBytes(UTF_8), Map.of(), sample, Optional.of(reason));
    }

    private static String json(Optional<String> id, IdIn idIn, String text) {
        String field = id.isPresent() && idIn == IdIn.FIELD ? "\"id\":\"" + id.get() + "\"," : "";
        return "{" + field + "\"text\":\"" + text + "\"}";
    }

    /** The same means the same sample, under the same id. */
    String content() {
        String announced = headers.get("plimsoll_sha256");
        return announced != null ? announced : value == null ? "" : new String(value, UTF_8);
    }

    @Override
    public String toString() {
        return id.orElse("without id") + " with '" + content() + "'";
    }

    ConsumerRecord<byte[], byte[]> toRecord(String topic, int partition, long offset) {
        byte[] key =
                id.filter(is -> idIn == IdIn.KEY).map(is -> is.getBytes(UTF_8)).orElse(null);
        ConsumerRecord<byte[], byte[]> record =
                new ConsumerRecord<>(topic, partition, offset, key, value);
        headers.forEach((name, text) -> record.headers().add(name, text.getBytes(UTF_8)));
        id.filter(is -> idIn == IdIn.HEADER)
                .ifPresent(is -> record.headers().add("ce_id", is.getBytes(UTF_8)));
        return record;
    }
}
