package dev.plimsoll.cli.samples;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.model.samples.ExplainOutcome;
import dev.plimsoll.model.samples.Explanation;
import dev.plimsoll.model.samples.ParseOutcome;
import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.SampleRefusal;
import dev.plimsoll.sources.SourceItem;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SubmittedSample;

import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Judges samples as ingest would, and sends nothing: each is explained, rejected with the reason,
 * or recognised as a repeat. Not safe for use by several threads.
 */
final class DryRun {

    /**
     * What becomes of one sample.
     *
     * @param place file and line
     * @param shape in which it was written, in a word or two
     */
    record Judged(String id, String place, String shape, Fate fate) {}

    /** What becomes of it. */
    sealed interface Fate {}

    /** It is trained as explained, or rejected. */
    record Explained(ExplainOutcome outcome) implements Fate {}

    /** The same id with the same content was there before: it is skipped. */
    record Repeat() implements Fate {}

    /** It cannot be read out of its file, and would not be sent. */
    record Unreadable(String note) implements Fate {}

    private final Function<ParsedSample, ExplainOutcome> explain;
    private final Map<String, String> contentOfId = new HashMap<>();
    private final Map<RejectionReason, Long> rejected = new EnumMap<>(RejectionReason.class);
    private final SortedMap<List<String>, Long> leftOut =
            new TreeMap<>(Comparator.comparing(names -> String.join(" and ", names)));
    private long accepted;
    private long tokens;
    private long trainedTokens;
    private long repeated;
    private long unreadable;

    /** @param explain what a parsed sample becomes under the model's tokenizer */
    DryRun(Function<ParsedSample, ExplainOutcome> explain) {
        this.explain = explain;
    }

    /** Empty for what is no sample: the beginning of a file, an empty line. */
    Optional<Judged> judge(SourceItem item, SampleMaker maker) {
        return switch (item) {
            case SourceItem.Opened opened -> {
                maker.opened(opened.file());
                yield Optional.empty();
            }
            case SourceItem.Blank _ -> Optional.empty();
            case SourceItem.Record record -> {
                SampleMaker.Made made = maker.of(record);
                yield Optional.of(judge(made.sample(), made.parsed(), maker.shown(record.place())));
            }
            case SourceItem.Oversize oversize -> {
                SubmittedSample sample = maker.of(oversize);
                SampleRefusal refusal = Submitter.tooLarge(oversize);
                yield Optional.of(judge(sample, refusal, maker.shown(oversize.place())));
            }
            case SourceItem.Broken broken -> {
                String note = broken.reason() + "; " + broken.remedy();
                String place = maker.shown(broken.place());
                unreadable++;
                yield Optional.of(new Judged("", place, "unreadable", new Unreadable(note)));
            }
        };
    }

    private Judged judge(SubmittedSample sample, ParseOutcome parsed, String place) {
        String before = contentOfId.putIfAbsent(sample.id(), sample.sha256());
        if (sample.sha256().equals(before)) {
            repeated++;
            return new Judged(sample.id(), place, shape(parsed), new Repeat());
        }
        ExplainOutcome outcome = before != null
                ? reused(sample.id())
                : switch (parsed) {
                    case SampleRefusal refusal -> refusal;
                    case ParsedSample understood -> explain.apply(understood);
                };
        switch (outcome) {
            case Explanation explanation -> {
                accepted++;
                tokens += explanation.sequence().tokens().length;
                trainedTokens += explanation.sequence().lossTokens();
                if (!explanation.sequence().leftOut().isEmpty()) {
                    leftOut.merge(explanation.sequence().leftOut(), 1L, Long::sum);
                }
            }
            case SampleRefusal refusal -> rejected.merge(refusal.reason(), 1L, Long::sum);
        }
        return new Judged(sample.id(), place, shape(parsed), new Explained(outcome));
    }

    private static SampleRefusal reused(String id) {
        return new SampleRefusal(
                RejectionReason.ID_REUSED,
                "id '" + id
                        + "' was used before with other content; give this sample an id of "
                        + "its own");
    }

    private static String shape(ParseOutcome parsed) {
        return switch (parsed) {
            case ParsedSample.Conversation _ -> "messages";
            case ParsedSample.Completion _ -> "prompt and completion";
            case ParsedSample.QuestionAnswer _ -> "question and answer";
            case ParsedSample.Segments _ -> "segments";
            case ParsedSample.Text _ -> "text";
            case SampleRefusal _ -> "unknown";
        };
    }

    /** Whether a sample was rejected or could not be read. */
    boolean anyRejected() {
        return !rejected.isEmpty() || unreadable > 0;
    }

    /** Throws when there was something to read and nothing of it could be. */
    void requireSome() {
        if (unreadable > 0 && accepted + repeated == 0 && rejected.isEmpty()) {
            throw CliFailure.input("nothing of what was given can be read as samples");
        }
    }

    /** The counts as one sentence. */
    String summary() {
        long refused = rejected.values().stream().mapToLong(Long::longValue).sum();
        StringBuilder text = new StringBuilder();
        text.append(accepted + refused + repeated)
                .append(" samples: ")
                .append(accepted)
                .append(" would be trained (")
                .append(tokens)
                .append(" tokens, ")
                .append(trainedTokens)
                .append(" of them trained), ")
                .append(refused)
                .append(" rejected");
        rejected.forEach((reason, count) ->
                text.append(", ").append(count).append(" as ").append(reason));
        leftOut.forEach((names, count) -> text.append(", ").append(LeftOut.line(names, count)));
        if (repeated > 0) {
            text.append(", ").append(repeated).append(" are repeats and would be skipped");
        }
        if (unreadable > 0) {
            text.append(", ").append(unreadable).append(" places cannot be read");
        }
        return text.append("; nothing was sent").toString();
    }
}
