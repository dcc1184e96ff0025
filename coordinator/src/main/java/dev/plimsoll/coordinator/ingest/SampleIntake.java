package dev.plimsoll.coordinator.ingest;

import dev.plimsoll.model.samples.ParseOutcome;
import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.SampleParser;
import dev.plimsoll.model.samples.SampleRefusal;
import dev.plimsoll.model.samples.TokenSequence;
import dev.plimsoll.model.samples.TokenizeOutcome;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SubmittedSample;
import dev.plimsoll.wire.sample.TokenizedSample;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * What becomes of each submitted record: trained, rejected with a reason, or recognised as a
 * repeated submit. An id belongs to the first content that used it, be it trained or rejected. A
 * function of the records' order alone, so that a restart that reads some again comes to the same
 * answers. Protocol rule 5.
 */
final class SampleIntake {

    /** What one record is. */
    sealed interface Outcome {
        record Train(TokenizedSample sample) implements Outcome {}

        record Reject(RejectedSample sample) implements Outcome {}

        /** Submitted before with the same content: nothing is written. */
        record Repeat(String id) implements Outcome {}
    }

    private final Function<ParsedSample, TokenizeOutcome> tokenizer;
    private final int cutAt;
    private final int mostBytes;

    /**
     * @param cutAt sequences of more tokens lose their ends; where it is empty, the tokenizer
     *     refuses those that are too long
     * @param mostBytes a sample beyond this is refused, whatever the model takes
     */
    SampleIntake(
            Function<ParsedSample, TokenizeOutcome> tokenizer, OptionalInt cutAt, int mostBytes) {
        this.tokenizer = tokenizer;
        this.cutAt = cutAt.orElse(Integer.MAX_VALUE);
        this.mostBytes = mostBytes;
    }

    boolean isTooLarge(long bytes) {
        return bytes > mostBytes;
    }

    /** @param ids claims an id for a content, which it gives by its hash */
    Outcome take(Submission submission, BiFunction<String, String, ClaimedIds.Claim> ids) {
        ParseOutcome parsed = parse(submission);
        String id = submission.idWith(
                parsed instanceof ParsedSample sample ? Optional.of(sample) : Optional.empty());
        return switch (ids.apply(id, submission.sha256())) {
            case SAME_CONTENT -> new Outcome.Repeat(id);
            case OTHER_CONTENT ->
                new Outcome.Reject(submission.rejected(
                        id,
                        RejectionReason.ID_REUSED,
                        "id '" + id
                                + "' was used before with other content; give this "
                                + "sample an id of its own"));
            case NEW -> fresh(submission, id, parsed);
        };
    }

    private ParseOutcome parse(Submission submission) {
        if (submission.bytes() == 0) {
            return new SampleRefusal(
                    RejectionReason.NOT_JSON, "the record has no value; submit one JSON object");
        }
        if (isTooLarge(submission.bytes())) {
            return new SampleRefusal(
                    RejectionReason.TOO_LARGE,
                    "it has " + submission.bytes() + " bytes and the most is " + mostBytes
                            + "; split it"
                            + (mostBytes < SubmittedSample.MAX_BYTES
                                    ? ", or have the coordinator started with a larger "
                                            + "max-sample-bytes"
                                    : ""));
        }
        if (submission.value().length < submission.bytes()) {
            return new SampleRefusal(
                    RejectionReason.TOO_LARGE,
                    "it has " + submission.bytes() + " bytes, and only its beginning was sent; "
                            + "submit it again with this version, which sends it in parts");
        }
        return submission
                .badSourceName()
                .<ParseOutcome>map(problem -> new SampleRefusal(RejectionReason.BAD_FIELD, problem))
                .orElseGet(() -> SampleParser.parse(submission.value()));
    }

    private Outcome fresh(Submission submission, String id, ParseOutcome parsed) {
        return switch (parsed) {
            case SampleRefusal refusal ->
                new Outcome.Reject(submission.rejected(id, refusal.reason(), refusal.note()));
            case ParsedSample sample -> outcome(submission, id, sample);
        };
    }

    private Outcome outcome(Submission submission, String id, ParsedSample sample) {
        TokenizeOutcome all = tokenizer.apply(sample);
        return switch (all instanceof TokenSequence whole ? whole.cutTo(cutAt) : all) {
            case SampleRefusal refusal ->
                new Outcome.Reject(submission.rejected(id, refusal.reason(), refusal.note()));
            case TokenSequence kept ->
                new Outcome.Train(new TokenizedSample(
                        id,
                        submission.origin(),
                        submission.sha256(),
                        kept.tokens(),
                        kept.trainOn(),
                        all instanceof TokenSequence whole
                                ? whole.tokens().length - kept.tokens().length
                                : 0,
                        kept.leftOut(),
                        submission.sourceName()));
        };
    }
}
