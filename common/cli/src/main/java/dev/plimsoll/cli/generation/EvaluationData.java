package dev.plimsoll.cli.generation;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.samples.Rejections;
import dev.plimsoll.cli.samples.SequenceLines;
import dev.plimsoll.cli.samples.Submitter;
import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.SampleParser;
import dev.plimsoll.model.samples.SampleRefusal;
import dev.plimsoll.model.samples.TokenSequence;
import dev.plimsoll.model.samples.TokenizeOutcome;
import dev.plimsoll.model.text.SampleTokenizer;
import dev.plimsoll.model.text.TokenLimit;
import dev.plimsoll.sources.SourceItem;
import dev.plimsoll.sources.reading.SampleSource;
import dev.plimsoll.wire.sample.RejectionReason;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The samples of a file as training would take them, and why it would not take others.
 *
 * @param sequences at least one
 */
record EvaluationData(Path file, List<TokenSequence> sequences, Rejections rejections) {

    /** @param longest the most tokens that the model takes */
    static EvaluationData read(Path file, SampleTokenizer tokenizer, int longest) {
        TokenLimit limit = new TokenLimit(longest, true);
        List<TokenSequence> sequences = new ArrayList<>();
        Rejections rejections = new Rejections();
        try (SampleSource samples = Submitter.source(file)) {
            for (Optional<SourceItem> item = samples.next();
                    item.isPresent();
                    item = samples.next()) {
                if (item.get() instanceof SourceItem.Record record) {
                    switch (outcome(tokenizer, record.bytes(), limit)) {
                        case TokenSequence sequence -> sequences.add(sequence);
                        case SampleRefusal refusal ->
                            rejections.add(
                                    refusal.reason(), record.place().toString(), refusal.note());
                    }
                } else if (item.get() instanceof SourceItem.Broken broken) {
                    rejections.add(
                            RejectionReason.NOT_JSON,
                            broken.place().toString(),
                            broken.reason() + "; " + broken.remedy());
                }
            }
        }
        if (sequences.isEmpty()) {
            throw CliFailure.input(file + " has no samples that can be evaluated"
                    + String.join(
                            "", rejections.lines().stream().map(l -> "\n  " + l).toList()));
        }
        return new EvaluationData(file, List.copyOf(sequences), rejections);
    }

    private static TokenizeOutcome outcome(
            SampleTokenizer tokenizer, byte[] record, TokenLimit limit) {
        return switch (SampleParser.parse(record)) {
            case SampleRefusal refusal -> refusal;
            case ParsedSample sample -> tokenizer.tokenize(sample, limit);
        };
    }

    long rejected() {
        return rejections.list().stream().mapToLong(Rejections.OfReason::count).sum();
    }

    Path write(Path to) {
        try {
            SequenceLines.write(to, sequences);
            return to;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + to, e);
        }
    }
}
