package dev.plimsoll.coordinator.ingest;

import dev.plimsoll.model.samples.ParseOutcome;
import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.SampleParser;
import dev.plimsoll.model.samples.SampleRefusal;
import dev.plimsoll.model.samples.TokenSequence;
import dev.plimsoll.model.samples.TokenizeOutcome;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.TokenizedSample;

import org.apache.kafka.clients.consumer.ConsumerRecord;

import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * What becomes of each submitted record: trained, rejected with a reason, or recognised as a
 * repeated submit. An id belongs to the first content that used it, be it trained or rejected. A
 * function of the records' order alone, so that a restart that reads some again comes to the same
 * answers. Protocol rule 5.
 */
final class SampleIntake {

    /** A record's payload beyond this is refused: it would not fit the topics it goes to. */
    static final int MAX_BYTES = 512 * 1024;

    /** What one record is. */
    sealed interface Outcome {
        record Train(TokenizedSample sample) implements Outcome {}

        record Reject(RejectedSample sample) implements Outcome {}

        /** Submitted before with the same content: nothing is written. */
        record Repeat(String id) implements Outcome {}
    }

    private final Function<ParsedSample, TokenizeOutcome> tokenizer;

    SampleIntake(Function<ParsedSample, TokenizeOutcome> tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** @param ids claims an id for a content, which it gives by its hash */
    Outcome take(
            ConsumerRecord<byte[], byte[]> record,
            BiFunction<String, String, ClaimedIds.Claim> ids) {
        Submission submission = Submission.of(record);
        ParseOutcome parsed = parse(record, submission);
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

    private static ParseOutcome parse(
            ConsumerRecord<byte[], byte[]> record, Submission submission) {
        if (record.value() == null) {
            return new SampleRefusal(
                    RejectionReason.NOT_JSON, "the record has no value; submit one JSON object");
        }
        if (submission.bytes() > MAX_BYTES) {
            return new SampleRefusal(
                    RejectionReason.TOO_LARGE,
                    "it has " + submission.bytes() + " bytes and the most is " + MAX_BYTES
                            + "; split it");
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
            case ParsedSample sample ->
                switch (tokenizer.apply(sample)) {
                    case SampleRefusal refusal ->
                        new Outcome.Reject(
                                submission.rejected(id, refusal.reason(), refusal.note()));
                    case TokenSequence(int[] tokens, boolean[] trainOn) ->
                        new Outcome.Train(new TokenizedSample(
                                id,
                                submission.origin(),
                                submission.sha256(),
                                tokens,
                                trainOn,
                                submission.sourceName()));
                };
        };
    }
}
