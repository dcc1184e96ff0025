package dev.plimsoll.cli.generation;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.samples.LeftOut;
import dev.plimsoll.cli.samples.Reading;
import dev.plimsoll.cli.samples.Rejections;
import dev.plimsoll.cli.samples.SequenceLines;
import dev.plimsoll.cli.samples.Submitter;
import dev.plimsoll.model.samples.SampleRefusal;
import dev.plimsoll.model.samples.TokenSequence;
import dev.plimsoll.model.samples.TokenizeOutcome;
import dev.plimsoll.model.text.SampleTokenizer;
import dev.plimsoll.sources.Place;
import dev.plimsoll.sources.SourceItem;
import dev.plimsoll.sources.reading.SampleSource;
import dev.plimsoll.wire.sample.RejectionReason;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The samples of a file as training would take them, and why it would not take others.
 *
 * @param sequences at least one
 * @param cut how many of them lost their ends
 */
record EvaluationData(Path file, List<TokenSequence> sequences, long cut, Rejections rejections) {

    static EvaluationData read(
            Path file, Reading reading, SampleTokenizer tokenizer, SampleRules rules) {
        List<TokenSequence> sequences = new ArrayList<>();
        Rejections rejections = new Rejections();
        long cut = 0;
        try (SampleSource samples = Submitter.source(file, reading)) {
            for (Optional<SourceItem> item = samples.next();
                    item.isPresent();
                    item = samples.next()) {
                switch (item.get()) {
                    case SourceItem.Record record -> {
                        TokenizeOutcome all = rules.outcome(tokenizer, record.bytes());
                        switch (all instanceof TokenSequence whole
                                ? whole.cutTo(rules.limit().tokens())
                                : all) {
                            case TokenSequence kept -> {
                                sequences.add(kept);
                                cut += kept.equals(all) ? 0 : 1;
                            }
                            case SampleRefusal refusal ->
                                reject(rejections, record.place(), refusal);
                        }
                    }
                    case SourceItem.Oversize oversize ->
                        reject(rejections, oversize.place(), Submitter.tooLarge(oversize));
                    case SourceItem.Broken broken ->
                        rejections.add(
                                RejectionReason.NOT_JSON,
                                broken.place().toString(),
                                broken.reason() + "; " + broken.remedy());
                    case SourceItem.Opened _, SourceItem.Blank _ -> {}
                }
            }
        }
        if (sequences.isEmpty()) {
            throw CliFailure.input(file + " has no samples that can be evaluated"
                    + String.join(
                            "", rejections.lines().stream().map(l -> "\n  " + l).toList()));
        }
        return new EvaluationData(file, List.copyOf(sequences), cut, rejections);
    }

    private static void reject(Rejections rejections, Place place, SampleRefusal refusal) {
        rejections.add(refusal.reason(), place.toString(), refusal.note());
    }

    /** What is not of the samples as they were given. */
    List<String> remarks() {
        SortedMap<List<String>, Long> leftOut =
                new TreeMap<>(Comparator.comparing(names -> String.join(" and ", names)));
        sequences.stream()
                .map(TokenSequence::leftOut)
                .filter(names -> !names.isEmpty())
                .forEach(names -> leftOut.merge(names, 1L, Long::sum));
        List<String> remarks = new ArrayList<>();
        leftOut.forEach((names, count) -> remarks.add(LeftOut.line(names, count)));
        if (cut > 0) {
            remarks.add(cut + " lost their ends to max-sequence-tokens (long-samples=reject "
                    + "rejects such samples)");
        }
        return remarks;
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
