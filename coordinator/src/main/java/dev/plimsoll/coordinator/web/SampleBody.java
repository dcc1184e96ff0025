package dev.plimsoll.coordinator.web;

import dev.plimsoll.model.samples.ParseOutcome;
import dev.plimsoll.model.samples.SampleIds;
import dev.plimsoll.model.samples.SampleParser;
import dev.plimsoll.model.samples.SampleRefusal;
import dev.plimsoll.sources.SourceFormat;
import dev.plimsoll.sources.SourceItem;
import dev.plimsoll.sources.SourceOptions;
import dev.plimsoll.sources.reading.SampleSource;
import dev.plimsoll.wire.codec.Checksums;
import dev.plimsoll.wire.sample.SubmittedSample;

import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Reads samples, one JSON object a line, and hands each on as it is read: one is in memory at a
 * time. What is wrong with one is told, and it is handed on all the same: ingest rejects it, so
 * that it stands with its reason where all rejected samples do. Pure.
 */
final class SampleBody {

    /** Of one request: all their ids are answered. */
    static final int MOST_SAMPLES = 100_000;

    /** After so many samples it is asked again whether more may wait. */
    static final int SAMPLES_BETWEEN_LOOKS = 10_000;

    static final int TOO_MANY = 429;

    private static final int OK = 200;
    private static final int BAD_REQUEST = 400;
    private static final int TOO_LARGE = 413;
    private static final int SHOWN_PROBLEMS = 1000;

    private final String source;
    private final int mostBytes;
    private final int mostSamples;
    private final Consumer<SubmittedSample> send;
    private final Supplier<Optional<String>> full;
    private final List<String> ids = new ArrayList<>();
    private final List<Problem> problems = new ArrayList<>();
    private long rejected;

    /** A line that will be rejected. */
    record Problem(long line, String reason, String note) {}

    /**
     * What is answered.
     *
     * @param ids of the samples that were sent, in their order
     * @param willBeRejected how many of them ingest will reject; {@code problems} has the first
     *     thousand
     * @param error why the rest was not read; null where all was
     */
    record Answer(
            long sent,
            List<String> ids,
            long willBeRejected,
            List<Problem> problems,
            String error) {}

    /** With the status of HTTP. */
    record Outcome(int status, Answer answer) {}

    /**
     * @param source ids of samples without one are derived from it, their line and bytes
     * @param mostBytes of a sample
     * @param mostSamples of the request
     * @param full why no more samples may wait to be read now; empty where more may
     */
    SampleBody(
            String source,
            int mostBytes,
            int mostSamples,
            Consumer<SubmittedSample> send,
            Supplier<Optional<String>> full) {
        this.source = source;
        this.mostBytes = mostBytes;
        this.mostSamples = mostSamples;
        this.send = send;
        this.full = full;
    }

    Outcome read(InputStream body) {
        SourceOptions options = SourceOptions.defaults(mostBytes, SubmittedSample.BEGINNING_BYTES)
                .withFormat(SourceFormat.JSONL);
        try (SampleSource lines = SampleSource.open(List.of("-"), options, body)) {
            for (Optional<SourceItem> item = lines.next(); item.isPresent(); item = lines.next()) {
                switch (item.get()) {
                    case SourceItem.Record record -> {
                        Optional<Outcome> end = endBefore(record.place().number());
                        if (end.isPresent()) {
                            return end.get();
                        }
                        take(record);
                    }
                    case SourceItem.Oversize line -> {
                        return outcome(
                                TOO_LARGE,
                                "line " + line.place().number() + " has " + line.length()
                                        + " bytes and the most is " + mostBytes
                                        + " (max-sample-bytes); split it, and send it with the"
                                        + " lines behind it");
                    }
                    case SourceItem.Broken broken -> {
                        return outcome(BAD_REQUEST, broken.reason() + "; " + broken.remedy());
                    }
                    case SourceItem.Opened _, SourceItem.Blank _ -> {}
                }
            }
        }
        return ids.isEmpty()
                ? outcome(BAD_REQUEST, "the body has no sample; send one JSON object a line")
                : outcome(OK, null);
    }

    /** What is answered instead of taking the sample of this line. */
    private Optional<Outcome> endBefore(long line) {
        if (ids.size() == mostSamples) {
            return Optional.of(outcome(
                    TOO_LARGE,
                    "the body has more than " + mostSamples + " samples, the most of a request; "
                            + goOn(line)));
        }
        if (ids.isEmpty() || ids.size() % SAMPLES_BETWEEN_LOOKS != 0) {
            return Optional.empty();
        }
        return full.get().map(why -> outcome(TOO_MANY, why + "; " + goOn(line) + ", later"));
    }

    /** A line's number is part of the ids that are derived. */
    private String goOn(long line) {
        return ids.size() + " were sent: send line " + line + " and those behind it in another "
                + "request, with another source where samples have no ids of their own";
    }

    private void take(SourceItem.Record record) {
        byte[] bytes = record.bytes();
        long line = record.place().number();
        ParseOutcome parsed = SampleParser.parse(bytes);
        String id = SampleIds.of(parsed, source, line, bytes);
        send.accept(new SubmittedSample(
                id,
                new SubmittedSample.Place(source, source, line),
                bytes,
                bytes.length,
                Checksums.sha256Hex(bytes)));
        ids.add(id);
        if (parsed instanceof SampleRefusal refusal) {
            rejected++;
            if (problems.size() < SHOWN_PROBLEMS) {
                problems.add(new Problem(line, refusal.reason().name(), refusal.note()));
            }
        }
    }

    private Outcome outcome(int status, String error) {
        return new Outcome(status, new Answer(ids.size(), ids, rejected, problems, error));
    }
}
