package dev.plimsoll.cli.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.samples.Rejections;
import dev.plimsoll.cli.samples.SequenceLines;
import dev.plimsoll.cli.samples.Submitter;
import dev.plimsoll.model.samples.JdkApi;
import dev.plimsoll.model.samples.JdkApi.ApiSample;
import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.SampleIds;
import dev.plimsoll.model.samples.SampleParser;
import dev.plimsoll.model.samples.SampleRefusal;
import dev.plimsoll.model.samples.TokenSequence;
import dev.plimsoll.model.samples.TokenizeOutcome;
import dev.plimsoll.model.text.SampleTokenizer;
import dev.plimsoll.sources.SourceItem;
import dev.plimsoll.sources.reading.SampleSource;
import dev.plimsoll.wire.sample.RejectionReason;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The samples that the demo trains on, and those that it holds out.
 *
 * @param file the file to submit
 * @param skippedLines the numbers of its samples that are held out
 * @param heldOut a JSONL file of tokenized sequences, {"tokens": […], "trainOn": [0/1…]}
 * @param heldOutSequences how many sequences are held out
 * @param trainable the token counts of the file's samples that ingest will accept, in order
 */
record DemoData(
        Path file,
        Set<Long> skippedLines,
        Path heldOut,
        int heldOutSequences,
        List<Integer> trainable) {

    private static final int HELD_OUT_SHARE = 10;

    /**
     * Writes {@code count} samples of the JDK's API to a file, and takes the types that are always
     * held out.
     */
    static DemoData builtIn(Path directory, SampleTokenizer tokenizer, int count, int maxTokens)
            throws IOException {
        JdkApi api = JdkApi.ofThisJdk();
        Path file = directory.resolve("jdk-api.jsonl");
        List<ApiSample> samples = api.training(count);
        List<Integer> trainable = new ArrayList<>();
        try (BufferedWriter out = Files.newBufferedWriter(file, UTF_8)) {
            for (ApiSample sample : samples) {
                String line = sample.toJson(sample.typeName());
                out.write(line);
                out.write('\n');
                TokenSequence sequence = sequence(tokenizer, line, maxTokens);
                if (sequence != null) {
                    trainable.add(sequence.tokens().length);
                }
            }
        }
        List<TokenSequence> held = new ArrayList<>();
        for (ApiSample sample : api.heldOut()) {
            held.add(sequence(tokenizer, sample.toJson(sample.typeName()), Integer.MAX_VALUE));
        }
        return new DemoData(file, Set.of(), writeHeldOut(directory, held), held.size(), trainable);
    }

    /**
     * Takes the user's file. A tenth of its usable samples, at most 64, are held out; a hash of
     * their text decides which.
     */
    static DemoData of(Path file, Path directory, SampleTokenizer tokenizer, int maxTokens)
            throws IOException {
        Rejections refused = new Rejections();
        List<Usable> usable = usable(file, tokenizer, maxTokens, refused);
        if (usable.size() < 2) {
            throw CliFailure.input(
                    file + " has " + usable.size() + " samples that can be trained; at least 2 are"
                            + " needed, one of them to be held out"
                            + refused.lines().stream()
                                    .map(line -> "\n  " + line)
                                    .collect(Collectors.joining()));
        }
        int count = Math.clamp(usable.size() / HELD_OUT_SHARE, 1, JdkApi.HELD_OUT);
        List<Usable> held = usable.stream()
                .sorted(Comparator.comparing(Usable::hash))
                .limit(count)
                .toList();
        Set<String> texts = held.stream().map(Usable::hash).collect(Collectors.toSet());
        // of equal lines all are held out or none, so that nothing held out is trained
        Set<Long> skipped = usable.stream()
                .filter(u -> texts.contains(u.hash()))
                .map(Usable::line)
                .collect(Collectors.toCollection(HashSet::new));
        return new DemoData(
                file,
                skipped,
                writeHeldOut(directory, held.stream().map(Usable::sequence).toList()),
                held.size(),
                usable.stream()
                        .filter(u -> !skipped.contains(u.line()))
                        .map(u -> u.sequence().tokens().length)
                        .toList());
    }

    /** The least number of full steps of so many samples. */
    long stepsOfSamples(int samplesPerStep) {
        return trainable.size() / samplesPerStep;
    }

    /**
     * The least number of full steps of so many tokens. A step closes with the sample that fills
     * it.
     */
    long stepsOfTokens(int tokensPerStep) {
        long all = trainable.stream().mapToLong(Integer::longValue).sum();
        long longest = trainable.stream().mapToLong(Integer::longValue).max().orElse(0);
        return all / (tokensPerStep + longest);
    }

    private record Usable(long line, String hash, TokenSequence sequence) {}

    /** The samples that ingest will accept; why it rejects the others goes into {@code refused}. */
    private static List<Usable> usable(
            Path file, SampleTokenizer tokenizer, int maxTokens, Rejections refused) {
        List<Usable> usable = new ArrayList<>();
        try (SampleSource samples = Submitter.source(file)) {
            for (Optional<SourceItem> item = samples.next();
                    item.isPresent();
                    item = samples.next()) {
                if (item.get() instanceof SourceItem.Record record) {
                    switch (outcome(tokenizer, record.bytes(), maxTokens)) {
                        case TokenSequence sequence ->
                            usable.add(new Usable(
                                    record.place().number(),
                                    SampleIds.contentHash(record.bytes()),
                                    sequence));
                        case SampleRefusal refusal ->
                            refused.add(
                                    refusal.reason(), record.place().toString(), refusal.note());
                    }
                } else if (item.get() instanceof SourceItem.Broken broken) {
                    refused.add(
                            RejectionReason.NOT_JSON,
                            broken.place().toString(),
                            broken.reason() + "; " + broken.remedy());
                }
            }
        }
        return usable;
    }

    private static TokenizeOutcome outcome(
            SampleTokenizer tokenizer, byte[] record, int maxTokens) {
        return switch (SampleParser.parse(record)) {
            case SampleRefusal refusal -> refusal;
            case ParsedSample sample -> tokenizer.tokenize(sample, maxTokens);
        };
    }

    private static TokenSequence sequence(SampleTokenizer tokenizer, String line, int maxTokens) {
        return outcome(tokenizer, line.getBytes(UTF_8), maxTokens) instanceof TokenSequence sequence
                ? sequence
                : null;
    }

    private static Path writeHeldOut(Path directory, List<TokenSequence> sequences)
            throws IOException {
        Path file = directory.resolve("held-out.jsonl");
        SequenceLines.write(file, sequences);
        return file;
    }
}
